import {
  type Connection,
  LineReader,
  type LocalSockets,
  type Log,
  messageOf,
} from "../../platform/mod.ts";

/** Longest request line, in octets. */
const MAX_REQUEST_OCTETS = 64 * 1024;

/** More at once are turned away: each is a person or a script at this machine. */
const MAX_SESSIONS = 32;

/** Exit code of a command whose handler threw. */
const FAILED = 1;

/** What a client asks: one JSON line. */
export interface ControlRequest {
  readonly command: string;
  readonly args: readonly string[];
}

/** What it is told: JSON lines, the last one is `end` with the exit code. */
export type ControlReply =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "event"; readonly event: unknown }
  | { readonly kind: "end"; readonly code: number };

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

/** A listening control socket. Disposing it ends its sessions. */
export type ControlServer = AsyncDisposable;

/** Listens at `path` until disposed. */
export async function startControl(
  { path }: { path: string },
  { sockets, handler, log }: { sockets: LocalSockets; handler: ControlHandler; log: Log },
): Promise<ControlServer> {
  const listener = await sockets.listen(path);
  const stop = new AbortController();
  const sessions = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const connection of listener) {
      if (sessions.size >= MAX_SESSIONS) {
        connection.close();
        continue;
      }
      const session = serve(connection, handler, { stop: stop.signal, log })
        .catch((error) => log.warn("Control session failed", { error: String(error) }))
        .finally(() => sessions.delete(session));
      sessions.add(session);
    }
  })().catch((error) => log.error("Control socket failed", { error: String(error) }));
  return {
    async [Symbol.asyncDispose]() {
      listener[Symbol.dispose]();
      stop.abort(new Error("The appliance is stopping"));
      await accepting;
      await Promise.all(sessions);
    },
  };
}

async function serve(
  connection: Connection,
  handler: ControlHandler,
  { stop, log }: { stop: AbortSignal; log: Log },
): Promise<void> {
  using _closed = connection;
  const gone = new AbortController();
  const closeOnStop = () => connection.close();
  stop.addEventListener("abort", closeOnStop, { once: true });
  try {
    const reader = new LineReader(connection, { maxLineOctets: MAX_REQUEST_OCTETS });
    const line = await reader.readLine();
    const request = line && parseRequest(line);
    if (request === undefined) return;
    // The client sends nothing more: an end here means that it has gone.
    reader.readLine().catch(() => undefined).then(() => gone.abort(new Error("The client left")));
    const send = (reply: ControlReply) => connection.write(encodeLine(reply));
    const reply = {
      text: (text: string) => send({ kind: "text", text }),
      event: (event: unknown) => send({ kind: "event", event }),
    };
    const signal = AbortSignal.any([stop, gone.signal]);
    const code = await handler(request, reply, signal).catch(async (error) => {
      signal.throwIfAborted();
      log.warn("A command failed", { command: request.command, reason: messageOf(error) });
      await reply.text(messageOf(error));
      return FAILED;
    });
    await send({ kind: "end", code });
  } finally {
    stop.removeEventListener("abort", closeOnStop);
  }
}

function parseRequest(line: Uint8Array): ControlRequest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(line));
  } catch {
    return undefined; // Not a client of ours: it gets no answer.
  }
  const { command, args } = (value ?? {}) as { command?: unknown; args?: unknown };
  const wellFormed = typeof command === "string" && Array.isArray(args) &&
    args.every((arg) => typeof arg === "string");
  return wellFormed ? { command, args } : undefined;
}

function encodeLine(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value) + "\n");
}
