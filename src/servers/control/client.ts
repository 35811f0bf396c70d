import { type Connection, LineReader, type LocalSockets } from "../../platform/mod.ts";
import { closedBy } from "./closed_by.ts";
import {
  type ControlReply,
  type ControlRequest,
  encodeLine,
  MAX_REPLY_OCTETS,
} from "./messages.ts";

/** How asking went. */
export type ControlAnswer =
  | { readonly kind: "answered"; readonly code: number }
  /** Nobody listens: the appliance does not run, or runs with another work_path. */
  | { readonly kind: "not running" }
  /** It runs, but as another user whose socket we may not open. */
  | { readonly kind: "not allowed" }
  /** It stopped in the middle of the answer. */
  | { readonly kind: "cut off" }
  /** We were told to listen no longer; what was begun may go on. */
  | { readonly kind: "interrupted" };

/** Hears what the appliance says, as it comes. */
export interface ControlListener {
  text(text: string): void;
  event?(event: unknown): void;
}

/** Asks the appliance that runs with the socket at `path`; hands on what it says as it comes. */
export async function askControl(
  { path, request }: { path: string; request: ControlRequest },
  sockets: LocalSockets,
  on: ControlListener,
  signal?: AbortSignal,
): Promise<ControlAnswer> {
  const opened = await open(path, sockets);
  if (opened.kind !== "open") return opened;
  using connection = opened.connection;
  using _closing = closedBy(signal, connection);
  await connection.write(encodeLine(request)).catch(() => {}); // The reader hears of it.
  const reader = new LineReader(connection, { maxLineOctets: MAX_REPLY_OCTETS });
  const answer = await receive(() => reader.readLine(), on);
  return answer.kind === "cut off" && signal?.aborted ? { kind: "interrupted" } : answer;
}

/** Hands on what comes until the answer ends. A connection that breaks is as good as one that ends. */
export async function receive(
  nextLine: () => Promise<Uint8Array | undefined>,
  on: ControlListener,
): Promise<Extract<ControlAnswer, { kind: "answered" | "cut off" }>> {
  const decoder = new TextDecoder();
  while (true) {
    const line = await nextLine().catch(() => undefined);
    if (line === undefined) return { kind: "cut off" };
    const reply = JSON.parse(decoder.decode(line)) as ControlReply;
    switch (reply.kind) {
      case "text":
        on.text(reply.text);
        break;
      case "event":
        on.event?.(reply.event);
        break;
      case "alive":
        break;
      case "end":
        return { kind: "answered", code: reply.code };
    }
  }
}

async function open(
  path: string,
  sockets: LocalSockets,
): Promise<ControlAnswer | { readonly kind: "open"; readonly connection: Connection }> {
  try {
    return { kind: "open", connection: await sockets.connect(path) };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const denied = error instanceof Error && error.name === "PermissionDenied";
    return { kind: denied ? "not allowed" : "not running" };
  }
}
