import { scryptSync } from "node:crypto";
import {
  deepStrictEqual,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import {
  hashPassword,
  isScryptHash,
  readScryptHash,
  scryptKey,
  UNMATCHABLE_HASH,
  verifyPassword,
} from "../../../src/platform/mod.ts";

Deno.test("verifyPassword() accepts the password a hash was made of, and no other", async () => {
  for (const password of ["secret", "", "pässwörd", "a:b $c", "x".repeat(1000)]) {
    const hash = await hashPassword(password);
    strictEqual(await verifyPassword(password, hash), true);
    strictEqual(await verifyPassword(password + " ", hash), false);
  }
});

Deno.test("hashPassword() salts, and fits into a line of nwauth.txt", async () => {
  const [one, two] = await Promise.all([hashPassword("secret"), hashPassword("secret")]);
  notStrictEqual(one, two);
  ok(isScryptHash(one));
  ok(!/[:\s]/.test(one));
});

Deno.test("verifyPassword() matches nothing against a hash that cannot be read", async (t) => {
  const key = "A".repeat(43);
  const cases = [
    "",
    "secret",
    "$scrypt$",
    `$scrypt$16384$8$1$$${key}`,
    `$scrypt$16384$8$1$c2FsdA$`,
    `$scrypt$16384$8$1$c2FsdA$=`,
    `$scrypt$16385$8$1$c2FsdA$${key}`,
    `$scrypt$0$8$1$c2FsdA$${key}`,
    `$scrypt$16384$0$1$c2FsdA$${key}`,
    `$scrypt$x$8$1$c2FsdA$${key}`,
    `$scrypt$16384$8$1$c2FsdA$${key}$more`,
    UNMATCHABLE_HASH,
  ];
  for (const hash of cases) {
    await t.step(hash, async () => {
      for (const password of ["", "secret"]) {
        strictEqual(await verifyPassword(password, hash), false);
      }
    });
  }
});

Deno.test("verifyPassword() does not pay what a hash beyond its bounds asks for", async (t) => {
  const cases = [
    { N: 2, r: 1, p: 17, octets: 32 },
    { N: 2, r: 1, p: 1, octets: 200 },
    { N: 2, r: 2 ** 19 + 1, p: 1, octets: 32 }, // 128 MiB and a little.
  ];
  for (const { N, r, p, octets } of cases) {
    const key = scryptSync("secret", "salt", octets, { N, r, p, maxmem: 2 ** 29 });
    const hash = `$scrypt$${N}$${r}$${p}$c2FsdA$${key.toString("base64url")}`;
    await t.step(hash.slice(0, 30), async () => {
      strictEqual(await verifyPassword("secret", hash), false);
    });
  }
  await t.step("but one within them", async () => {
    const key = scryptSync("secret", "salt", 64, { N: 2, r: 1, p: 16 }).toString("base64url");
    strictEqual(await verifyPassword("secret", `$scrypt$2$1$16$c2FsdA$${key}`), true);
  });
});

Deno.test("scryptKey() makes the key that hashPassword() stores", async () => {
  const stored = readScryptHash(await hashPassword("secret"));
  ok(stored);
  deepStrictEqual(await scryptKey("secret", stored), Uint8Array.from(stored.key));
  notDeepStrictEqual(await scryptKey("other", stored), Uint8Array.from(stored.key));
});

Deno.test("scryptKey() refuses a cost that it cannot pay, or that does not exist", async (t) => {
  const salt = new Uint8Array(16);
  const cases = [
    { N: 2 ** 20, r: 8, p: 1 },
    { N: 2 ** 14, r: 8, p: 17 },
    { N: 1000, r: 8, p: 1 },
    { N: 1, r: 8, p: 1 },
    { N: 0, r: 8, p: 1 },
    { N: NaN, r: 8, p: 1 },
    { N: 2.5, r: 8, p: 1 },
    { N: 2 ** 14, r: -8, p: 1 },
  ];
  for (const cost of cases) {
    await t.step(JSON.stringify(cost), async () => {
      await rejects(scryptKey("secret", { ...cost, salt }), RangeError);
    });
  }
});
