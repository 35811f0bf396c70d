import { type Connection, type Endpoint, messageOf, type Net } from "../../platform/mod.ts";
import type { Proxy } from "./mod.ts";
import type { Hop } from "./next_hops.ts";

/** Most that a proxy may say before the server behind it greets, in octets. */
const MAX_PREAMBLE_OCTETS = 8 * 1024;

/**
 * A greeting (RFC 5321 section 4.3.2) at the start of a line, or behind a prompt; options that the
 * proxy would negotiate (RFC 854) may stand before it.
 */
const GREETING = /(?:^|[\r\n]|>[ ]?)(?:\xff[\xfb-\xfe][^])*((?:220|421|554)(?:[ -]|\r?\n))/;

/**
 * A net on which all ways lead to one hop, through a proxy if there is one: a client knows its
 * server by name, and need not know where it is.
 */
export function netTo(hop: Hop, proxy: Proxy | undefined, net: Net): Net {
  return {
    async connect({ tls }, signal) {
      const secured = tls === undefined ? {} : { tls };
      if (proxy === undefined) {
        return await net.connect({ host: hop.address, port: hop.port, ...secured }, signal);
      }
      // Where its own words end and the server's begin could not be told.
      if (tls !== undefined) throw new Error("no proxy leads to TLS from the first octet");
      return await throughProxy(proxy, hop, net, signal);
    },
    startTls(connection, tls, signal) {
      const plain = connection instanceof ProxiedConnection ? connection.inner : connection;
      return net.startTls(plain, tls, signal);
    },
    listen: (at, tls) => net.listen(at, tls),
  };
}

/**
 * What is asked of the proxy (S31): its string with the address in place of `$IP`. An IPv6 address
 * stands in brackets where a port follows it.
 */
export function requestFor({ request }: Proxy, address: string): string {
  const bracketed = address.includes(":") ? `[${address}]` : address;
  return request.replaceAll(/\$IP(?=:)/gi, bracketed).replaceAll(/\$IP/gi, address);
}

async function throughProxy(
  proxy: Proxy,
  { address }: Hop,
  net: Net,
  signal?: AbortSignal,
): Promise<Connection> {
  const { host, port } = proxy;
  let connection: Connection | undefined;
  try {
    connection = await net.connect({ host, port }, signal);
    // The few octets fit into the buffers of any connection: this does not wait.
    await connection.write(new TextEncoder().encode(`${requestFor(proxy, address)}\r\n`));
    return new ProxiedConnection(connection);
  } catch (cause) {
    connection?.close();
    signal?.throwIfAborted();
    throw new Error(`the proxy ${host}:${port} cannot be reached: ${messageOf(cause)}`, { cause });
  }
}

/** Hides what a proxy says before the server behind it greets. */
class ProxiedConnection implements Connection {
  readonly inner: Connection;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** What has been received and not read; `undefined` before the greeting. */
  #ahead: Uint8Array | undefined;

  constructor(inner: Connection) {
    this.inner = inner;
    this.remote = inner.remote;
    this.local = inner.local;
  }

  async read(into: Uint8Array): Promise<number | null> {
    const ahead = this.#ahead ??= await this.#greeting();
    if (ahead.length === 0) return await this.inner.read(into);
    const count = Math.min(into.length, ahead.length);
    into.set(ahead.subarray(0, count));
    this.#ahead = ahead.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.inner.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.inner.closeWrite();
  }

  close(): void {
    this.inner.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Reads up to the greeting; what came with it is returned. */
  async #greeting(): Promise<Uint8Array> {
    const said = new Uint8Array(MAX_PREAMBLE_OCTETS);
    for (let octets = 0; octets < said.length;) {
      const got = await this.inner.read(said.subarray(octets));
      if (got === null) throw new Error(`the proxy let nobody through${inWords(said, octets)}`);
      octets += got;
      const text = latin1(said.subarray(0, octets));
      const found = GREETING.exec(text);
      if (found?.[1] !== undefined) {
        return said.slice(found.index + found[0].length - found[1].length, octets);
      }
    }
    throw new Error(`the proxy said more than ${MAX_PREAMBLE_OCTETS} octets before a greeting`);
  }
}

/** The last thing it said, for whoever has to find out why. */
function inWords(said: Uint8Array, octets: number): string {
  const text = latin1(said.subarray(0, octets)).replaceAll(/[^\x20-\x7e]+/g, " ").trim();
  return text === "" ? "" : `, it said: ${text.slice(-80)}`;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
