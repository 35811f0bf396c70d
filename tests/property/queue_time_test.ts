/**
 * Time as an office has it: clocks that are set, lines that come and go, machines that are off.
 *
 * @module
 */
import fc from "fast-check";
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR_MS, QueueRig, submit } from "../support/queue_rig.ts";

const DAY_MS = 24 * HOUR_MS;

/** As the rig has them. */
const EVERY_MS = 2 * HOUR_MS;
const MAX_MS = 6 * HOUR_MS;

type Event =
  /** Time passes, line up or down. */
  | { readonly kind: "passes"; readonly hours: number; readonly lineUp: boolean }
  /** Somebody, or NTP, sets the clock. */
  | { readonly kind: "set"; readonly byMs: number }
  /** Without a battery, and no NTP yet. */
  | { readonly kind: "1970" }
  | { readonly kind: "off"; readonly forMs: number };

const passes = fc.record({
  kind: fc.constant("passes" as const),
  hours: fc.integer({ min: 0, max: 12 }),
  lineUp: fc.boolean(),
});
const jumps = fc.constantFrom(HOUR_MS, -HOUR_MS, DAY_MS, -DAY_MS, 3650 * DAY_MS, -3650 * DAY_MS);
const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { arbitrary: passes, weight: 3 },
    { arbitrary: fc.record({ kind: fc.constant("set" as const), byMs: jumps }), weight: 1 },
    { arbitrary: fc.constant({ kind: "1970" } as const), weight: 1 },
    {
      arbitrary: fc.record({
        kind: fc.constant("off" as const),
        forMs: fc.constantFrom(0, HOUR_MS, 30 * DAY_MS),
      }),
      weight: 1,
    },
  ),
  { maxLength: 12 },
);

Deno.test("mail is given up when it was tried long enough, tried in its turn, and never kept for ever", () =>
  fc.assert(
    fc.asyncProperty(events, fc.boolean(), async (story, hostFailed) => {
      const messages = hostFailed ? 3 : 1; // Several wait together for a host that is dead.
      const rig = new QueueRig();
      rig.relay.answer = () => ({ kind: "temporary", status: "4.2.0", reason: "busy", hostFailed });
      await using stack = new AsyncDisposableStack();
      let running = stack.use(await rig.start());
      for (let number = 0; number < messages; number++) {
        await submit(running.queue, ["bob@world"], { sender: "ann@here" });
      }
      let [lineUpMs, jumped, lineUps] = [0, 0, 0];
      for (const event of story) {
        switch (event.kind) {
          case "passes":
            if (event.lineUp && !rig.lineUp) lineUps++;
            rig.lineUp = event.lineUp;
            await rig.clock.advance(event.hours * HOUR_MS);
            if (event.lineUp) lineUpMs += event.hours * HOUR_MS;
            break;
          case "set":
            jumped++;
            rig.clock.setWall(Math.max(rig.clock.now() + event.byMs, HOUR_MS));
            break;
          case "1970":
            jumped++;
            rig.clock.setWall(HOUR_MS);
            break;
          case "off":
            jumped++;
            await running[Symbol.asyncDispose]();
            rig.clock.setWall(rig.clock.now() + event.forMs);
            running = stack.use(await rig.start());
        }
        // What the clock does costs an interval at most, and so does each outage.
        const mostMs = lineUpMs + (jumped + lineUps) * EVERY_MS;
        ok(rig.maildrop.reached.length === 0 || mostMs >= MAX_MS, "given up too early");
        const turns = 1 + Math.floor(lineUpMs / EVERY_MS) + jumped + lineUps;
        const tried = rig.relay.reached.length;
        ok(tried <= turns * messages, `tried ${tried} of ${turns} times`);
      }
      rig.lineUp = true;
      await rig.clock.advance(MAX_MS + 2 * EVERY_MS);
      equal(rig.maildrop.reached, Array(messages).fill("ann"));
      equal(await rig.stored(), []);
    }),
    { numRuns: 60 },
  ));
