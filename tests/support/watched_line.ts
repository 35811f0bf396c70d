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
      for await (const near of listener) running.push(carry(near));
    })().catch(() => {}),
  ); // It ends when the listener is closed.

  async function carry(near: Deno.Conn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(near).add(far);
    const closeBoth = () => [near, far].forEach(close);
    await Promise.allSettled([
      commands(near, far, line).finally(closeBoth),
      far.readable.pipeTo(near.writable).finally(closeBoth),
    ]);
    open.delete(near);
    open.delete(far);
    line.onEnd();
  }
  return line;
}

async function commands(near: Deno.Conn, far: Deno.Conn, line: WatchedLine): Promise<void> {
  const reader = new LineConn(near);
  while (true) {
    const bytes = await reader.line();
    if (bytes === undefined) return;
    if (line.onCommand(String.fromCharCode(...bytes).trim()) === "cut") return;
    for (let done = 0; done < bytes.length;) done += await far.write(bytes.subarray(done));
  }
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed before.
  }
}
