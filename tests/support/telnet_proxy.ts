import { LineConn } from "./line_conn.ts";

/** A proxy with a prompt, on 127.0.0.1. Disposing ends it and all that goes through it. */
export interface TelnetProxy extends AsyncDisposable {
  readonly port: number;
  /** What it was asked for, a line each. */
  readonly requests: string[];
}

/** Starts one that leads to ports of this machine, by the line with which they are asked for. */
export function startTelnetProxy(hosts: Readonly<Record<string, number>>): TelnetProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const open = new Set<Deno.Conn>();
  const running: Promise<void>[] = [];
  running.push((async () => {
    for await (const near of listener) running.push(carry(near).finally(() => close(near)));
  })());

  async function carry(near: Deno.Conn): Promise<void> {
    open.add(near);
    const client = new LineConn(near);
    await client.write("\xff\xfb\x01Welcome to the firewall\r\nproxy> ");
    const request = await client.text() ?? "";
    requests.push(request);
    const port = hosts[request];
    if (port === undefined) return await client.write(`Cannot reach ${request}\r\n`);
    await client.write(`Trying ${request}...\r\nConnected\r\n`);
    const far = await Deno.connect({ hostname: "127.0.0.1", port });
    open.add(far);
    await Promise.all([pipe(near, far), pipe(far, near)]);
    close(far);
  }

  function close(conn: Deno.Conn): void {
    if (!open.delete(conn)) return;
    try {
      conn.close();
    } catch {
      // The other side was quicker.
    }
  }

  return {
    port: listener.addr.port,
    requests,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of open) close(conn);
      await Promise.allSettled(running);
    },
  };
}

/** Carries octets one way; the end too. */
async function pipe(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  try {
    for (let got = await from.read(buffer); got !== null; got = await from.read(buffer)) {
      for (let done = 0; done < got;) done += await to.write(buffer.subarray(done, got));
    }
    await to.closeWrite();
  } catch {
    // One of them is gone: so is the connection.
  }
}
