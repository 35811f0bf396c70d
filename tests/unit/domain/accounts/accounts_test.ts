import { deepStrictEqual, match, rejects, strictEqual } from "node:assert/strict";
import {
  type Accounts,
  createAccounts,
  createUserNames,
} from "../../../../src/domain/accounts/mod.ts";
import type { NwauthEntry } from "../../../../src/formats/nwauth.ts";
import {
  hashPassword,
  type Log,
  systemRandom,
  UNMATCHABLE_HASH,
  verifyPassword,
} from "../../../../src/platform/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";
import { silentLog } from "../../../support/silent_log.ts";

/** What a scrypt hash looks like; the fake verify() below knows its password. */
const hashOf = (password: string) => `$scrypt$2$1$1$AAAA$${btoa(password).replaceAll("=", "")}`;

/** The office, and a virtual domain for who connects to 10.0.0.2. */
const namesOf = (withDomain: boolean) =>
  createUserNames({
    hostDomains: ["office.test"],
    virtualDomains: [
      { prefix: "shop", domain: "shop.test", match: { kind: "ip", address: "10.0.0.2" } },
    ],
    separator: "_",
    withDomain,
  });

class FakeDatabase {
  entries: NwauthEntry[] = [
    { user: "bob", passwordHash: hashOf("secret"), info: "" },
    { user: "ann", passwordHash: hashOf("secret"), info: 'name="Ann" fwd=" bob, $user "' },
    { user: "old", passwordHash: "abJnggxhB/yWI", info: "" },
  ];
  failure: Error | undefined;

  lookup(user: string): Promise<NwauthEntry | undefined> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.entries.find((entry) => entry.user === user));
  }

  list(): Promise<readonly string[]> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(this.entries.map(({ user }) => user));
  }
}

function setUp(log: Log = silentLog, { withDomain = false } = {}) {
  const database = new FakeDatabase();
  const verified: string[] = [];
  const busy: { until: Promise<void> | undefined } = { until: undefined };
  const accounts: Accounts = createAccounts({
    database,
    passwords: {
      async verify(password, hash) {
        verified.push(hash);
        await busy.until;
        return hash === hashOf(password);
      },
    },
    names: () => namesOf(withDomain),
    clock: new ManualClock(),
    random: systemRandom,
    log,
  });
  return { accounts, database, verified, busy };
}

Deno.test("lookup() finds a user by any way of writing the name", async (t) => {
  const { accounts } = setUp();
  const cases = [
    { name: "bob", want: { kind: "found", account: { user: "bob" } } },
    { name: " BOB ", want: { kind: "found", account: { user: "bob" } } },
    { name: "Bob@Office.Test", want: { kind: "found", account: { user: "bob" } } },
    { name: "bob@elsewhere.test", want: { kind: "unknown" } },
    { name: "nobody", want: { kind: "unknown" } },
    { name: "", want: { kind: "unknown" } },
    { name: "ann", want: { kind: "found", account: { user: "ann", forward: "bob, $user" } } },
  ];
  for (const { name, want } of cases) {
    await t.step(JSON.stringify(name), async () => {
      deepStrictEqual(await accounts.lookup(name), want);
    });
  }
});

Deno.test("check() accepts the right password only", async (t) => {
  const { accounts } = setUp();
  const accepted = { kind: "accepted", account: { user: "bob" } };
  const cases = [
    { user: "bob", password: "secret", want: accepted },
    { user: "BOB@office.test", password: "secret", want: accepted },
    { user: "bob", password: "Secret", want: { kind: "rejected" } },
    { user: "bob", password: "", want: { kind: "rejected" } },
    { user: "bob", password: "x".repeat(5000), want: { kind: "rejected" } },
    { user: "nobody", password: "secret", want: { kind: "rejected" } },
    { user: "old", password: "secret", want: { kind: "rejected" } },
  ];
  for (const { user, password, want } of cases) {
    await t.step(`${user} ${password.slice(0, 20)}`, async () => {
      deepStrictEqual(await accounts.check(user, password, "127.0.0.1"), want);
    });
  }
});

Deno.test("check() does the same work for an unknown user as for a wrong password", async () => {
  const { accounts, verified } = setUp();
  await accounts.check("nobody", "secret", "127.0.0.1");
  await accounts.check("old", "secret", "127.0.0.1");
  deepStrictEqual(verified, [UNMATCHABLE_HASH, UNMATCHABLE_HASH]);
});

Deno.test("check() asks the source once for the same login, and always after a mismatch", async () => {
  const { accounts, database, verified } = setUp();
  await accounts.check("bob", "secret", "127.0.0.1");
  await accounts.check("bob@office.test", "secret", "127.0.0.1");
  strictEqual(verified.length, 1);
  await accounts.check("bob", "wrong", "127.0.0.1");
  strictEqual(verified.length, 2);
  database.entries = [{ user: "bob", passwordHash: hashOf("new"), info: "" }];
  const stale = await accounts.check("bob", "secret", "127.0.0.1");
  strictEqual(stale.kind, "rejected", "the old password outlived its change");
  database.entries = [];
  strictEqual((await accounts.check("bob", "new", "127.0.0.1")).kind, "rejected");
});

Deno.test("check() names the user, not the hash, when the hash is of an old kind", async () => {
  const lines: string[] = [];
  const log = {
    ...silentLog,
    warn: (event: string, fields = {}) => void lines.push(event + JSON.stringify(fields)),
  };
  await setUp(log).accounts.check("old", "secret", "127.0.0.1");
  match(lines.join("\n"), /"user":"old".*crypt/);
  strictEqual(lines.join("\n").includes("abJnggxhB/yWI"), false);
});

Deno.test("check() is unavailable, not wrong, when too many wait", async () => {
  const { accounts, busy } = setUp();
  const free = Promise.withResolvers<void>();
  busy.until = free.promise;
  const checks = Array.from({ length: 67 }, () => accounts.check("bob", "secret", "127.0.0.1"));
  strictEqual((await Promise.race(checks)).kind, "unavailable");
  free.resolve();
  const kinds = (await Promise.all(checks)).map(({ kind }) => kind);
  strictEqual(kinds.filter((kind) => kind === "accepted").length, 66);
});

Deno.test("lookup() and check() are unavailable when the database cannot be read", async () => {
  const { accounts, database } = setUp();
  database.failure = new Error("Input/output error /var/secret/path");
  const want = { kind: "unavailable", reason: "The user database cannot be read" };
  deepStrictEqual(await accounts.lookup("bob"), want);
  deepStrictEqual(await accounts.check("bob", "secret", "127.0.0.1"), want);
});

Deno.test("list() logs why the database cannot be read, for its callers tell strangers nothing", async () => {
  const log = new RememberingLog();
  const { accounts, database } = setUp(log);
  database.failure = new Error("Input/output error");
  await rejects(accounts.list(), database.failure);
  deepStrictEqual(log.entries.map(({ fields }) => fields.reason), ["Error: Input/output error"]);
});

Deno.test("check() works with the real scrypt", async () => {
  const database = new FakeDatabase();
  database.entries = [{ user: "bob", passwordHash: await hashPassword("sécret"), info: "" }];
  const accounts = createAccounts({
    database,
    passwords: { verify: verifyPassword },
    names: () => namesOf(false),
    clock: new ManualClock(),
    random: systemRandom,
    log: silentLog,
  });
  strictEqual((await accounts.check("bob", "sécret", "::1")).kind, "accepted");
  strictEqual((await accounts.check("bob", "secret", "::1")).kind, "rejected");
  strictEqual((await accounts.check("nobody", "secret", "::1")).kind, "rejected");
});

Deno.test("check() finds users of a virtual domain by address, or by where they connect", async (t) => {
  const { accounts, database } = setUp();
  database.entries.push({ user: "shop_bob", passwordHash: hashOf("shop"), info: "" });
  const shop = { kind: "accepted", account: { user: "shop_bob" } };
  const cases = [
    { user: "bob", password: "secret", to: "10.0.0.1", want: "bob" },
    { user: "bob", password: "shop", to: "10.0.0.2", want: "shop_bob" },
    { user: "bob", password: "shop", to: "::ffff:10.0.0.2", want: "shop_bob" },
    { user: "bob", password: "secret", to: "10.0.0.2", want: undefined },
    { user: "bob@office.test", password: "secret", to: "10.0.0.2", want: "bob" },
    { user: "Bob@Shop.test", password: "shop", to: "10.0.0.1", want: "shop_bob" },
    { user: "shop_bob", password: "shop", to: "10.0.0.1", want: "shop_bob" }, // B33
  ];
  for (const { user, password, to, want } of cases) {
    await t.step(`${user} at ${to}`, async () => {
      const got = await accounts.check(user, password, "127.0.0.1", to);
      strictEqual(got.kind === "accepted" ? got.account.user : undefined, want);
    });
  }
  deepStrictEqual(await accounts.check("bob@shop.test", "shop", "::1"), shop);
  deepStrictEqual(await accounts.list(), ["ann", "bob", "old", "shop_bob"]);
});

Deno.test("lookup() asks for user@domain and answers with the maildrop if authent_domain says so", async () => {
  const { accounts, database } = setUp(silentLog, { withDomain: true });
  database.entries = [
    { user: "bob@office.test", passwordHash: hashOf("secret"), info: "" },
    { user: "bob@shop.test", passwordHash: hashOf("shop"), info: 'fwd="ann"' },
  ];
  const found = async (user: string) => {
    const result = await accounts.lookup(user);
    return result.kind === "found" ? result.account : result.kind;
  };
  deepStrictEqual(await found("bob"), { user: "bob" });
  deepStrictEqual(await found("bob@shop.test"), { user: "shop_bob", forward: "ann" });
  deepStrictEqual(await found("shop_bob"), { user: "shop_bob", forward: "ann" });
  strictEqual(await found("bob@elsewhere.test"), "unknown");
  deepStrictEqual(await accounts.list(), ["bob", "shop_bob"]);
});

Deno.test("check() counts 78 characters of the name in the database, domain included", async (t) => {
  // 000:1465: with a domain of 10 characters a name has at most 67.
  const cases = [
    { length: 67, withDomain: true, want: "accepted" },
    { length: 68, withDomain: true, want: "rejected" },
    { length: 78, withDomain: false, want: "accepted" },
    { length: 79, withDomain: false, want: "rejected" },
  ];
  for (const { length, withDomain, want } of cases) {
    await t.step(`${length} characters${withDomain ? " and @domain.com" : ""}`, async () => {
      const user = "u".repeat(length);
      const accounts = createAccounts({
        database: {
          lookup: (user) => Promise.resolve({ user, passwordHash: hashOf("x"), info: "" }),
          list: () => Promise.resolve([]),
        },
        passwords: { verify: (password, hash) => Promise.resolve(hash === hashOf(password)) },
        names: () =>
          createUserNames({
            ...{ hostDomains: ["domain.com"], virtualDomains: [], separator: "_", withDomain },
          }),
        clock: new ManualClock(),
        random: systemRandom,
        log: silentLog,
      });
      strictEqual((await accounts.check(user, "x", "::1")).kind, want);
      strictEqual((await accounts.lookup(user)).kind, "found", "mail comes in for longer names");
    });
  }
});
