/**
 * A line that carries octets to a port of this machine, and is cut where a test says. Both ends hear
 * what went through before, and nothing of what the other says afterwards.
 */
export interface CutLine extends AsyncDisposable {
  readonly port: number;
  /** Where the connections to come go. */
  target: number;
  /** Called when octets have gone through. */
  onCarried: () => void;
  /** Octets that go through, by direction, in the connections to come. */
  limits: { readonly toServer: number; readonly toClient: number };
  /** Octets that went through in the last connection. */
  readonly carried: { toServer: number; toClient: number };
  /** What the client said in it, one octet a character. */
  readonly said: () => string;
}

/** Opens a line to `target` on a free port. Disposing cuts it. */
export function cutLine(target: number): CutLine {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const running: Promise<unknown>[] = [];
  let said: string[] = [];
  const line = {
    port: listener.addr.port,
    target,
    onCarried: () => {},
    limits: { toServer: Infinity, toClient: Infinity },
    carried: { toServer: 0, toClient: 0 },
    said: () => said.join(""),
    async [Symbol.asyncDispose]() {
      listener.close();
      open.forEach(close);
      await Promise.allSettled(running);
    },
  };
  const serve = async () => {
    for await (const near of listener) running.push(carry(near));
  };
  running.push(serve().catch(() => {})); // It ends when the listener is closed.

  async function carry(near: Deno.Conn): Promise<void> {
    const far = await Deno.connect({ hostname: "127.0.0.1", port: line.target });
    open.add(near).add(far);
    line.carried = { toServer: 0, toClient: 0 };
    said = [];
    let isCut = false;
    const cut = async () => {
      isCut = true;
      // Closed with something unread a socket would take back what the other end has not read.
      await Promise.allSettled([near.closeWrite(), far.closeWrite()]);
    };
    const pump = async (from: Deno.Conn, to: Deno.Conn, way: "toServer" | "toClient") => {
      const buffer = new Uint8Array(16 * 1024);
      for (let got = await from.read(buffer); got !== null; got = await from.read(buffer)) {
        if (isCut) continue;
        const octets = buffer.subarray(0, Math.min(got, line.limits[way] - line.carried[way]));
        for (let done = 0; done < octets.length;) done += await to.write(octets.subarray(done));
        line.carried[way] += octets.length;
        if (way === "toServer") said.push(String.fromCharCode(...octets));
        line.onCarried();
        if (line.carried[way] >= line.limits[way]) await cut();
      }
      if (!isCut) await to.closeWrite();
    };
    const closeBoth = () => [near, far].forEach(close);
    const pumps = [pump(near, far, "toServer"), pump(far, near, "toClient")];
    await Promise.allSettled(pumps.map((one) => one.catch(closeBoth))); // One end is gone.
    closeBoth();
    open.delete(near);
    open.delete(far);
  }
  return line;
}

function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // Closed before.
  }
}
