/** Whatever becomes of the recipients of a message: its sender is told what he asked for, once. */
import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { Outcome } from "../../src/domain/queue/mod.ts";
import type { NotifyKeyword } from "../../src/formats/envelope.ts";
import { HOUR_MS, QueueRig, submit } from "../support/queue_rig.ts";

/** Retries every 2 hours, gives up after 6, tells of a delay after 4. */
const LATE_AT = 3;
const GIVEN_UP_AT = 4;

const FINAL = {
  delivered: { kind: "delivered" },
  promised: { kind: "delivered", notifies: true },
  refused: { kind: "permanent", status: "5.7.1", reason: "mx.world said: 550 5.7.1 No" },
} as const satisfies Record<string, Outcome>;

const LATER: Outcome = { kind: "temporary", status: "4.3.0", reason: "mx.world said: 451 Later" };

/** A recipient, what he is asked for, how often it fails for now, and how it ends. */
interface Fate {
  readonly isHere: boolean;
  readonly notify: readonly NotifyKeyword[] | undefined;
  readonly failures: number;
  readonly end: keyof typeof FINAL;
}

const fate: fc.Arbitrary<Fate> = fc.record({
  isHere: fc.boolean(),
  notify: fc.option(
    fc.oneof(
      fc.constant(["NEVER" as const]),
      fc.subarray(["SUCCESS", "FAILURE", "DELAY"] as const, { minLength: 1 }),
    ),
    { nil: undefined },
  ),
  failures: fc.nat({ max: 5 }),
  end: fc.constantFrom("delivered", "promised", "refused"),
}).map((one) => one.isHere ? { ...one, failures: 0 } : one);

/** What is to be told of a recipient, as the documents and RFC 3461 have it. */
function due({ isHere, notify, failures, end }: Fate): readonly string[] {
  const wants = (keyword: NotifyKeyword) => notify?.includes(keyword) ?? keyword === "FAILURE";
  const isGivenUp = failures >= GIVEN_UP_AT;
  const fails = isGivenUp || end === "refused";
  const success = isHere ? ["delivered"] : end === "promised" ? [] : ["relayed"];
  return [
    ...(failures >= LATE_AT && wants("DELAY") ? ["delayed"] : []),
    ...(fails && wants("FAILURE") ? ["failed"] : []),
    ...(!fails && wants("SUCCESS") ? success : []),
  ];
}

/** What a user was told, of each recipient, in order. */
function told({ maildrop }: QueueRig, user: string): ReadonlyMap<string, readonly string[]> {
  const notices = maildrop.deliveries.filter(({ to }) => to === user);
  const lines = notices.flatMap((
    { text },
  ) => [...text.matchAll(/^Final-Recipient: rfc822; (.*)\r\nAction: (.*)\r$/gm)]);
  const byAddress = Map.groupBy(lines, ([, address = ""]) => address);
  return new Map(
    byAddress.entries().map(([address, all]) => {
      return [address, all.map(([, , action = ""]) => action)];
    }),
  );
}

Deno.test("run() tells a sender exactly what he asked for, whatever becomes of each recipient", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      async (fates, hasSender) => {
        const rig = new QueueRig();
        rig.lineUp = true;
        rig.router.to("postmaster@mx.here", { kind: "maildrop", user: "boss" });
        const addressOf = (index: number) =>
          fates[index]?.isHere ? `user${index}@here` : `user${index}@world`;
        const attempts = fates.map(() => 0);
        const answer = (to: string): Outcome => {
          const index = Number(/^user(\d)/.exec(to)?.[1] ?? NaN);
          const one = fates[index];
          if (one === undefined) return FINAL.delivered; // A notice.
          const count = attempts[index] = (attempts[index] ?? 0) + 1;
          return count <= one.failures ? LATER : FINAL[one.end];
        };
        rig.relay.answer = answer;
        rig.maildrop.answer = answer;
        await using running = await rig.start();
        const recipients = fates.map(({ notify }, index) => {
          return { address: addressOf(index), ...(notify === undefined ? {} : { notify }) };
        });
        await submit(running.queue, recipients, { sender: hasSender ? "ann@here" : "" });
        await rig.clock.advance(12 * HOUR_MS);

        const [ann, boss] = [told(rig, "ann"), told(rig, "boss")];
        for (const [index, one] of fates.entries()) {
          const address = addressOf(index);
          const wanted = due(one);
          equal(ann.get(address) ?? [], hasSender ? wanted : []);
          const last = hasSender ? [] : wanted.filter((action) => action === "failed");
          equal(boss.get(address) ?? [], last);
        }
        equal(await rig.stored(), []);
      },
    ),
    { numRuns: 200 },
  );
});
