import { strictEqual } from "node:assert/strict";
import { MessageRates } from "../../../../src/domain/guard/message_rates.ts";
import { RecentLogins } from "../../../../src/domain/guard/recent_logins.ts";
import { WindowCounts } from "../../../../src/domain/guard/window_counts.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const MINUTE_MS = 60_000;

Deno.test("admits() lets so many messages a minute begin, from each address", async () => {
  const clock = new ManualClock();
  const rates = new MessageRates(clock);
  const taken = (address: string) =>
    Array.from({ length: 10 }, () => rates.admits(address, 3)).filter(Boolean).length;
  strictEqual(taken("192.0.2.9"), 3);
  strictEqual(taken("192.0.2.10"), 3);
  strictEqual(taken("2001:db8::1") + taken("2001:db8::2"), 3);
  await clock.advance(MINUTE_MS - 1);
  strictEqual(taken("192.0.2.9"), 0);
  await clock.advance(1);
  strictEqual(taken("192.0.2.9"), 3);
});

Deno.test("admits() takes a higher limit at once", () => {
  const rates = new MessageRates(new ManualClock());
  strictEqual(rates.admits("192.0.2.9", 1), true);
  strictEqual(rates.admits("192.0.2.9", 1), false);
  strictEqual(rates.admits("192.0.2.9", 2), true);
});

Deno.test("userAt() knows who read mail from just this address within the time", async () => {
  const clock = new ManualClock();
  const logins = new RecentLogins({ clock, withinMs: () => 10 * MINUTE_MS });
  logins.note("ann", "192.0.2.9");
  logins.note("bob", "192.0.2.9");
  logins.note("cy", "2001:db8::1");
  strictEqual(logins.userAt("192.0.2.9"), "bob");
  strictEqual(logins.userAt("::ffff:192.0.2.9"), "bob");
  strictEqual(logins.userAt("192.0.2.10"), undefined);
  strictEqual(logins.userAt("2001:db8::1"), "cy");
  strictEqual(logins.userAt("2001:db8::2"), undefined);
  await clock.advance(10 * MINUTE_MS - 1);
  strictEqual(logins.userAt("192.0.2.9"), "bob");
  await clock.advance(1);
  strictEqual(logins.userAt("192.0.2.9"), undefined);
});

Deno.test("userAt() knows nobody while it is off, nor who logged in meanwhile", () => {
  let withinMs: number | undefined;
  const logins = new RecentLogins({ clock: new ManualClock(), withinMs: () => withinMs });
  logins.note("ann", "192.0.2.9");
  strictEqual(logins.userAt("192.0.2.9"), undefined);
  withinMs = MINUTE_MS;
  strictEqual(logins.userAt("192.0.2.9"), undefined);
  logins.note("ann", "192.0.2.9");
  strictEqual(logins.userAt("192.0.2.9"), "ann");
  withinMs = undefined;
  strictEqual(logins.userAt("192.0.2.9"), undefined);
});

Deno.test("note() remembers a bounded number of addresses, the newest", () => {
  const clock = new ManualClock();
  const logins = new RecentLogins({ clock, withinMs: () => MINUTE_MS }, { maxAddresses: 2 });
  for (const [i, user] of ["ann", "bob", "cy"].entries()) logins.note(user, `192.0.2.${i}`);
  strictEqual(logins.userAt("192.0.2.0"), undefined);
  strictEqual(logins.userAt("192.0.2.1"), "bob");
  strictEqual(logins.userAt("192.0.2.2"), "cy");
});

Deno.test("WindowCounts forgets what is over and what is too much", async () => {
  const clock = new ManualClock();
  const counts = new WindowCounts(clock, { maxSources: 2 });
  strictEqual(counts.add("a", MINUTE_MS), 1);
  strictEqual(counts.add("b", MINUTE_MS, 5), 5);
  strictEqual(counts.add("c", MINUTE_MS), 1);
  strictEqual(counts.count("a", MINUTE_MS), 0);
  strictEqual(counts.size, 2);
  await clock.advance(MINUTE_MS);
  strictEqual(counts.add("d", MINUTE_MS), 1);
  strictEqual(counts.size, 1);
});
