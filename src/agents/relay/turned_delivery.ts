import type { Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { orAborted } from "../../platform/mod.ts";
import { type Intake, type Part, partOf } from "./intake.ts";
import { sendMails } from "./mail_flow.ts";
import type { TurnedSession } from "./turned_sessions.ts";

/** What is sent over a session that was turned round. */
export interface TurnedDelivery {
  readonly session: TurnedSession;
  readonly intake: Intake;
  /** The lanes of now. */
  readonly laneOf: (destination: Destination) => string;
  readonly settle: (part: Part, outcomes: readonly (Outcome | undefined)[]) => Promise<void>;
}

/**
 * Sends what a turn has for a session. The session outlives it: there may be another turn. When no
 * more can be sent over it, what is left waits for its end and goes to the routes that hold then.
 *
 * @throws The abort reason.
 */
export async function deliverTurned(
  { session, intake, laneOf, settle }: TurnedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { lane } = session;
  const left: Part[] = [];
  await orAborted(session.ready, signal);
  await session.send(async (over) => {
    const end = await sendMails<Part>(over, {
      next: () => session.takesMail ? intake.next(lane) : undefined,
      coming() {
        const coming = session.takesMail ? intake.coming() : undefined;
        return coming && Promise.race([coming, session.ending]);
      },
      async settle(part, outcomes) {
        if (outcomes.some((one) => one?.kind === "delivered")) {
          session.note(part.message.sizeOctets);
        }
        await settle(part, outcomes);
      },
      staysOpen: true,
    });
    for (const { mail, outcomes } of end.left) {
      await settle(mail, outcomes);
      left.push(partOf(mail.job, mail.destinations.filter((_, index) => !outcomes[index])));
    }
  }, signal);
  if (session.takesMail) return;
  await orAborted(session.over, signal);
  for (const { job, destinations } of [...left, ...intake.held(lane)]) {
    for (const [other, group] of Map.groupBy(destinations, laneOf)) {
      intake.putBack(other, [partOf(job, group)]);
    }
  }
}
