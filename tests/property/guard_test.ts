import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type BanRule, Bans } from "../../src/domain/guard/bans.ts";
import { MessageRates } from "../../src/domain/guard/message_rates.ts";
import { WindowCounts } from "../../src/domain/guard/window_counts.ts";
import { sourceOf } from "../../src/domain/guard/mod.ts";
import type { Clock } from "../../src/platform/mod.ts";
import { silentLog } from "../support/silent_log.ts";

const MAX_SOURCES = 5;

/** Time that passes when a property says so, without a turn of the event loop each time. */
function handClock(): Clock & { advance(ms: number): void } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: () => Promise.reject(new Error("Nothing here waits")),
    advance: (ms) => void (nowMs += ms),
  };
}

const anAddress = fc.oneof(
  fc.nat(9).map((n) => `192.0.2.${n}`),
  fc.nat(9).map((n) => `2001:db8:0:${n % 3}::${n}`),
  fc.constantFrom("127.0.0.1", "::1", "10.0.0.1"),
);

const aStep = fc.record({
  address: anAddress,
  offence: fc.constantFrom("wrong password", "unknown user", "broken protocol"),
  afterMs: fc.nat(5000),
});

const aRule: fc.Arbitrary<BanRule> = fc.record({
  failures: fc.integer({ min: 1, max: 8 }),
  withinMs: fc.integer({ min: 1, max: 10_000 }),
  banMs: fc.integer({ min: 1, max: 10_000 }),
});

Deno.test("bans: never an exempt address, never more than there is room for, all of them expire", () => {
  fc.assert(fc.property(aRule, fc.array(aStep), (rule, steps) => {
    const clock = handClock();
    const isExempt = (address: string) => address === "10.0.0.1";
    const bans = new Bans({ rule: () => rule, isExempt, clock, log: silentLog }, {
      maxSources: MAX_SOURCES,
    });
    for (const { address, offence, afterMs } of steps) {
      const now = bans.note(offence, address);
      if (now) strictEqual(bans.banned(address)?.address, sourceOf(address));
      for (const exempt of ["10.0.0.1", "127.0.0.1", "::1"]) {
        strictEqual(bans.banned(exempt), undefined);
      }
      ok(bans.list().length <= MAX_SOURCES);
      ok(bans.list().every(({ untilMs, sinceMs }) => untilMs - sinceMs === rule.banMs));
      clock.advance(afterMs);
    }
    clock.advance(rule.banMs);
    deepStrictEqual(bans.list(), []);
  }));
});

Deno.test("bans: nobody who fails less often than the rule says", () => {
  fc.assert(fc.property(aRule, fc.integer({ max: 100 }), (rule, times) => {
    const clock = handClock();
    const bans = new Bans({ rule: () => rule, isExempt: () => false, clock, log: silentLog });
    const failures = rule.failures - 1;
    for (let i = 0; i < times; i++) {
      for (let j = 0; j < failures; j++) {
        strictEqual(bans.note("wrong password", "192.0.2.1"), false);
      }
      clock.advance(rule.withinMs);
    }
  }));
});

Deno.test("message rates: never more in a minute than there may be", () => {
  const steps = fc.array(fc.record({ address: anAddress, afterMs: fc.nat(20_000) }));
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), steps, (max, steps) => {
    const clock = handClock();
    const rates = new MessageRates(clock);
    const taken = new Map<string, number[]>();
    for (const { address, afterMs } of steps) {
      const source = sourceOf(address);
      const times = taken.get(source) ?? [];
      taken.set(source, times);
      if (rates.admits(address, max)) times.push(clock.monotonic());
      else ok(times.length >= max);
      clock.advance(afterMs);
    }
    // A minute begins with its first message: two of them may meet, so within any minute twice that.
    for (const times of taken.values()) {
      for (const from of times) {
        ok(times.filter((at) => at >= from && at < from + 60_000).length < 2 * max + 1);
      }
    }
  }));
});

Deno.test("WindowCounts: never more sources than there is room for", () => {
  fc.assert(fc.property(fc.array(fc.nat(50)), fc.integer({ min: 1, max: 10 }), (sources, max) => {
    const counts = new WindowCounts(handClock(), { maxSources: max });
    for (const source of sources) {
      ok(counts.add(String(source), 1000) >= 1);
      ok(counts.size <= max);
    }
  }));
});
