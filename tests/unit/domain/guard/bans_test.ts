import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { type BanRule, Bans } from "../../../../src/domain/guard/bans.ts";
import { MemoryClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";

const MINUTE_MS = 60_000;
const RULE: BanRule = { failures: 3, withinMs: 10 * MINUTE_MS, banMs: 60 * MINUTE_MS };

function setUp(
  { isExempt = () => false, maxSources = 1000 }: {
    isExempt?: (address: string) => boolean;
    maxSources?: number;
  } = {},
) {
  const clock = new MemoryClock();
  const log = new RememberingLog();
  const settings: { rule: BanRule | undefined } = { rule: RULE };
  const bans = new Bans({ rule: () => settings.rule, isExempt, clock, log }, { maxSources });
  const fail = (address: string, times: number) => {
    let banned = false;
    for (let i = 0; i < times; i++) banned = bans.note("wrong password", address);
    return banned;
  };
  return { clock, log, settings, bans, fail };
}

Deno.test("note() bans an address at its third failure, and no other address", () => {
  const { bans, fail } = setUp();
  strictEqual(fail("192.0.2.9", 2), false);
  strictEqual(bans.banned("192.0.2.9"), undefined);
  strictEqual(fail("192.0.2.9", 1), true);
  strictEqual(bans.banned("192.0.2.9")?.offence, "wrong password");
  strictEqual(bans.banned("::ffff:192.0.2.9")?.address, "192.0.2.9");
  strictEqual(bans.banned("192.0.2.10"), undefined);
});

Deno.test("noteWrongPassword() counts a password that is saved once, however long it is tried", async () => {
  const { bans, clock } = setUp();
  const saved = { user: "bob", password: "old" };
  for (let i = 0; i < 1000; i++) {
    strictEqual(bans.noteWrongPassword(saved, "192.0.2.9"), false);
    await clock.advance(MINUTE_MS);
  }
});

Deno.test("noteWrongPassword() bans who tries passwords or users, from each address by itself", async (t) => {
  const guesses = [
    { name: "passwords", next: (i: number) => ({ user: "bob", password: `p${i}` }) },
    { name: "users", next: (i: number) => ({ user: `u${i}`, password: "12345" }) },
  ];
  for (const { name, next } of guesses) {
    await t.step(name, () => {
      const { bans } = setUp();
      const banned = [0, 1, 2].map((i) => bans.noteWrongPassword(next(i), `2001:db8::${i}`));
      deepStrictEqual(banned, [false, false, true]);
      strictEqual(bans.noteWrongPassword(next(0), "192.0.2.9"), false);
    });
  }
});

Deno.test("noteWrongPassword() counts a saved password anew after the time of the rule", async () => {
  const { bans, clock } = setUp();
  const saved = { user: "bob", password: "old" };
  bans.noteWrongPassword(saved, "192.0.2.9");
  await clock.advance(10 * MINUTE_MS);
  bans.noteWrongPassword(saved, "192.0.2.9");
  bans.noteWrongPassword({ user: "bob", password: "a" }, "192.0.2.9");
  strictEqual(bans.noteWrongPassword({ user: "bob", password: "b" }, "192.0.2.9"), true);
});

Deno.test("note() counts failures of all kinds together, a thrown off session for five", () => {
  const { bans } = setUp();
  bans.note("wrong password", "192.0.2.9");
  bans.note("unknown user", "192.0.2.9");
  strictEqual(bans.note("unknown user", "192.0.2.9"), true);
  strictEqual(bans.note("broken protocol", "192.0.2.10"), true);
});

Deno.test("note() counts an IPv6 network as one", () => {
  const { bans, fail } = setUp();
  fail("2001:db8::1", 1);
  fail("2001:db8::2", 1);
  strictEqual(fail("2001:db8::3", 1), true);
  strictEqual(bans.banned("2001:db8::ffff")?.address, "2001:db8:0:0::/64");
  strictEqual(bans.banned("2001:db8:0:1::1"), undefined);
});

Deno.test("note() forgets failures after the time they count in", async () => {
  const { clock, fail } = setUp();
  fail("192.0.2.9", 2);
  await clock.advance(10 * MINUTE_MS);
  strictEqual(fail("192.0.2.9", 2), false);
  await clock.advance(9 * MINUTE_MS);
  strictEqual(fail("192.0.2.9", 1), true);
});

Deno.test("a ban ends by itself and is logged once at its start and once at its end", async () => {
  const { bans, clock, fail, log } = setUp();
  fail("192.0.2.9", 10);
  const [ban] = bans.list();
  strictEqual((ban?.untilMs ?? 0) - (ban?.sinceMs ?? 0), 60 * MINUTE_MS);
  strictEqual(ban?.sinceMs, clock.now());
  await clock.advance(60 * MINUTE_MS - 1);
  strictEqual(bans.banned("192.0.2.9")?.sinceMs, ban?.sinceMs);
  await clock.advance(1);
  strictEqual(bans.banned("192.0.2.9"), undefined);
  deepStrictEqual(bans.list(), []);
  deepStrictEqual(log.entries.map(({ event }) => event), [
    "Banned an address",
    "Ended the ban of an address",
  ]);
  strictEqual(fail("192.0.2.9", 2), false);
});

Deno.test("lift() ends a ban by the address or the network that list() shows", async (t) => {
  for (const by of ["2001:db8::77", "2001:db8:0:0::/64"]) {
    await t.step(by, () => {
      const { bans, fail } = setUp();
      fail("2001:db8::1", 3);
      fail("192.0.2.9", 3);
      strictEqual(bans.lift(by), true);
      strictEqual(bans.lift(by), false);
      strictEqual(bans.banned("2001:db8::1"), undefined);
      deepStrictEqual(bans.list().map(({ address }) => address), ["192.0.2.9"]);
      strictEqual(fail("2001:db8::1", 2), false);
    });
  }
});

Deno.test("nobody is banned who is exempt, by now or from the start", () => {
  const exempt = new Set(["10.0.0.1"]);
  const { bans, fail } = setUp({ isExempt: (address) => exempt.has(address) });
  for (const address of ["10.0.0.1", "::ffff:10.0.0.1", "127.0.0.1", "::1"]) {
    strictEqual(fail(address, 100), false);
    strictEqual(bans.banned(address), undefined);
  }
  strictEqual(fail("127.0.0.2", 3), true);
  exempt.add("127.0.0.2");
  strictEqual(bans.banned("127.0.0.2"), undefined);
});

Deno.test("bans do nothing while they are off, and live on when the rule changes", () => {
  const { bans, fail, settings } = setUp();
  fail("192.0.2.9", 3);
  settings.rule = undefined;
  strictEqual(bans.banned("192.0.2.9"), undefined);
  deepStrictEqual(bans.list(), []);
  strictEqual(fail("192.0.2.10", 100), false);
  settings.rule = { ...RULE, failures: 5 };
  strictEqual(bans.banned("192.0.2.9")?.address, "192.0.2.9");
  strictEqual(bans.banned("192.0.2.10"), undefined);
});

Deno.test("the oldest ban makes room for the newest", () => {
  const { bans, fail } = setUp({ maxSources: 3 });
  for (let i = 0; i < 5; i++) fail(`192.0.2.${i}`, 3);
  deepStrictEqual(bans.list().map(({ address }) => address), [2, 3, 4].map((i) => `192.0.2.${i}`));
});
