import { strictEqual } from "node:assert/strict";
import { PasswordAttempts } from "../../../../src/domain/guard/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

/** Makes `count` wrong attempts from `address`, each as soon as it is allowed. */
async function fail(
  attempts: PasswordAttempts,
  clock: ManualClock,
  address: string,
  count: number,
) {
  for (let done = 0; done < count; done++) {
    await clock.advance(attempts.waitMs(address));
    strictEqual(attempts.begin(address), true);
  }
}

Deno.test("PasswordAttempts doubles the wait with each wrong password, to five minutes", async (t) => {
  const cases: readonly [failures: number, waitMs: number][] = [
    [0, 0],
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [40, 300_000],
  ];
  for (const [failures, waitMs] of cases) {
    await t.step(`${failures} failures`, async () => {
      const clock = new ManualClock();
      const attempts = new PasswordAttempts({ clock });
      await fail(attempts, clock, "10.0.0.1", failures);
      strictEqual(attempts.waitMs("10.0.0.1"), waitMs);
    });
  }
});

Deno.test("PasswordAttempts lets one of many at the same time through", () => {
  const attempts = new PasswordAttempts({ clock: new ManualClock() });
  const begun = Array.from({ length: 100 }, () => attempts.begin("10.0.0.1"));
  strictEqual(begun.filter(Boolean).length, 1);
  strictEqual(attempts.waitMs("10.0.0.1"), 1000);
});

Deno.test("PasswordAttempts does not count what came too soon", async () => {
  const clock = new ManualClock();
  const attempts = new PasswordAttempts({ clock });
  attempts.begin("10.0.0.1");
  await clock.advance(999);
  strictEqual(attempts.begin("10.0.0.1"), false);
  await clock.advance(1);
  strictEqual(attempts.begin("10.0.0.1"), true);
});

Deno.test("PasswordAttempts forgets after the right password and after a quiet quarter hour", async () => {
  const clock = new ManualClock();
  const attempts = new PasswordAttempts({ clock });
  await fail(attempts, clock, "10.0.0.1", 5);
  attempts.succeeded("10.0.0.1");
  strictEqual(attempts.waitMs("10.0.0.1"), 0);

  await fail(attempts, clock, "10.0.0.1", 5);
  await clock.advance(15 * 60_000);
  attempts.begin("10.0.0.1");
  strictEqual(attempts.waitMs("10.0.0.1"), 1000);
});

Deno.test("PasswordAttempts keeps addresses apart, and those of one IPv6 network together", async (t) => {
  const cases: readonly [guesser: string, other: string, same: boolean][] = [
    ["10.0.0.1", "10.0.0.2", false],
    ["2001:db8::1", "2001:db8::2", true],
    ["2001:db8:0:0:1:2:3:4", "2001:DB8::ffff", true],
    ["2001:db8:0:1::1", "2001:db8::1", false],
    ["fe80::1%eth0", "fe80::2", true],
    ["::1", "2001:db8::1", false],
  ];
  for (const [guesser, other, same] of cases) {
    await t.step(`${guesser} ${other}`, () => {
      const attempts = new PasswordAttempts({ clock: new ManualClock() });
      attempts.begin(guesser);
      strictEqual(attempts.waitMs(other) > 0, same);
    });
  }
});

Deno.test("PasswordAttempts remembers a bounded number of addresses, the latest", () => {
  const attempts = new PasswordAttempts({ clock: new ManualClock() });
  for (let host = 0; host < 1500; host++) attempts.begin(`10.0.${host >> 8}.${host & 255}`);
  strictEqual(attempts.waitMs("10.0.0.0"), 0);
  strictEqual(attempts.waitMs("10.0.5.219"), 1000);
});
