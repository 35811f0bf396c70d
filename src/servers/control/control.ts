import { type Connection, LineReader, type LocalSockets, type Log } from "../../platform/mod.ts";
import { concatenated } from "../../formats/byte_transform.ts";
import { closedBy } from "./closed_by.ts";
import { LineSender } from "./line_sender.ts";
import { encodeLine, MAX_REQUEST_OCTETS, parseRequest } from "./messages.ts";
import { carryOut, type ControlHandler, MAX_SESSIONS } from "./session.ts";

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
        turnAway(connection);
        continue;
      }
      const session = serve(connection, { handler, log }, stop.signal)
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

/** What fits into the buffer of a socket waits for nobody. */
function turnAway(connection: Connection): void {
  const text = `${MAX_SESSIONS} commands are being carried out already; end some of them`;
  const answer = [{ kind: "text", text }, { kind: "end", code: 1 }].map(encodeLine);
  connection.write(concatenated(answer)).catch(() => {}).finally(() => connection.close());
}

async function serve(
  connection: Connection,
  parts: { readonly handler: ControlHandler; readonly log: Log },
  stop: AbortSignal,
): Promise<void> {
  using _closed = connection;
  using _closing = closedBy(stop, connection);
  const reader = new LineReader(connection, { maxLineOctets: MAX_REQUEST_OCTETS });
  const line = await reader.readLine();
  const request = line && parseRequest(line);
  if (request === undefined) return; // Not a client of ours: it gets no answer.
  await carryOut(request, { reader, sender: new LineSender(connection) }, parts, stop);
}
