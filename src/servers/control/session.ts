import { type LineReader, type Log, messageOf } from "../../platform/mod.ts";
import type { LineSender } from "./line_sender.ts";
import type { ControlRequest } from "./messages.ts";

/** Carries out a request; what it returns is the client's exit code. */
export type ControlHandler = (
  request: ControlRequest,
  reply: {
    text(text: string): Promise<void>;
    event(event: unknown): Promise<void>;
  },
  /** Aborted when the client goes away or the appliance stops. */
  signal: AbortSignal,
) => Promise<number>;

/** More at once are turned away: each is a person or a script. */
export const MAX_SESSIONS = 32;

/** Exit code of a command whose handler threw. */
const FAILED = 1;

/** Carries out the one request of a session and tells its client how it goes. */
export async function carryOut(
  request: ControlRequest,
  client: { readonly reader: LineReader; readonly sender: LineSender },
  { handler, log }: { readonly handler: ControlHandler; readonly log: Log },
  stop: AbortSignal,
): Promise<void> {
  const { reader, sender } = client;
  const gone = new AbortController();
  // The client sends nothing more: an end here means that it has gone.
  reader.readLine().catch(() => undefined).then(() => gone.abort(new Error("The client left")));
  const reply = {
    text: (text: string) => sender.send({ kind: "text", text }),
    event: (event: unknown) => sender.send({ kind: "event", event }),
  };
  const signal = AbortSignal.any([stop, gone.signal]);
  const code = await handler(request, reply, signal).catch(async (error) => {
    signal.throwIfAborted();
    log.warn("A command failed", { command: request.command, reason: messageOf(error) });
    await reply.text(messageOf(error));
    return FAILED;
  });
  await sender.send({ kind: "end", code });
}
