import { strictEqual } from "node:assert/strict";
import { LoginCache } from "../../../../src/domain/accounts/login_cache.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const HOUR = 3_600_000;
const BOB = { user: "bob", password: "secret", passwordHash: "h1" };

function cache(maxEntries = 3): { cache: LoginCache; clock: ManualClock } {
  const clock = new ManualClock();
  const random = { number: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(7) };
  return { cache: new LoginCache({ clock, random, maxEntries }), clock };
}

Deno.test("LoginCache.has() knows exactly the login that was added", async (t) => {
  const { cache: logins } = cache();
  await logins.add(BOB);
  const cases = [
    { ...BOB, want: true },
    { ...BOB, password: "Secret", want: false },
    { ...BOB, passwordHash: "h2", want: false }, // The password was changed since.
    { ...BOB, user: "ann", want: false },
  ];
  for (const { want, ...credentials } of cases) {
    await t.step(JSON.stringify(credentials), async () => {
      strictEqual(await logins.has(credentials), want);
    });
  }
});

Deno.test("LoginCache.has() forgets after 12 hours, also what is used", async () => {
  const { cache: logins, clock } = cache();
  await logins.add(BOB);
  await clock.advance(12 * HOUR - 1);
  strictEqual(await logins.has(BOB), true);
  await clock.advance(1);
  strictEqual(await logins.has(BOB), false);
});

Deno.test("LoginCache.add() forgets the login that was used longest ago", async () => {
  const { cache: logins } = cache(2);
  const [ann, zoe] = [{ ...BOB, user: "ann" }, { ...BOB, user: "zoe" }];
  await logins.add(BOB);
  await logins.add(ann);
  await logins.has(BOB);
  await logins.add(zoe);
  strictEqual(await logins.has(ann), false);
  strictEqual(await logins.has(BOB), true);
  strictEqual(await logins.has(zoe), true);
});

Deno.test("LoginCache.add() keeps nothing when it may hold nothing", async () => {
  const { cache: logins } = cache(0);
  await logins.add(BOB);
  strictEqual(await logins.has(BOB), false);
});
