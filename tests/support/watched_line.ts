import { LineConn } from "./line_conn.ts";

/** A line to a server of this machine on which every command is seen. Disposing cuts it. */
export interface WatchedLine extends AsyncDisposable {
  readonly port: number;
  /**
   * Called with each line of the client before it goes on; the line is cut, and it does not go on,
   * if this answers `"cut"`.
   */
  onCommand: (line: string) => "pass" | "cut";
  /** Called when a connection has ended. */
  onEnd: () => void;
}

/** Opens a line to `target` on a free port. */
export function watchLine(target: number): WatchedLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const line: WatchedLine = {
    port: listener.addr.port,
    onCommand: () => "pass",
    onEnd: () => {},
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await Promise.allSettled(running);
    },
  };
  const running: Promise<void>[] = [];
  running.push(
    (async () => {
      for await (const near of listener) running.push(carry(near).catch(() => close(near)));
    })().catch(() => {}),
  ); // It ends when the listener is closed.

  async function carry(near: Deno.Conn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(near).add(far);
    await Promise.all([commands(near, far, line), replies(far, near)]);
    [near, far].forEach(close);
    open.delete(near);
    open.delete(far);
    line.onEnd();
  }
  return line;
}

/** Carries what the client says; then ends our side alone, so that the server hears all of it. */
async function commands(near: Deno.Conn, far: Deno.Conn, line: WatchedLine): Promise<void> {
  const reader = new LineConn(near);
  try {
    for (let bytes = await reader.line(); bytes !== undefined; bytes = await reader.line()) {
      if (line.onCommand(String.fromCharCode(...bytes).trim()) === "cut") break;
      for (let done = 0; done < bytes.length;) done += await far.write(bytes.subarray(done));
    }
  } catch {
    // One of them is gone.
  }
  await far.closeWrite().catch(() => {});
}

/** Carries what the server says, and hears it out when the client is gone. */
async function replies(far: Deno.Conn, near: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  let gone = false;
  try {
    for (let got = await far.read(buffer); got !== null; got = await far.read(buffer)) {
      for (let done = 0; done < got && !gone;) {
        done += await near.write(buffer.subarray(done, got)).catch(() => {
          gone = true;
          return 0;
        });
      }
    }
  } catch {
    // The server is gone.
  }
  close(near);
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed before.
  }
}
