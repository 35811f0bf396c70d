import type { Connection, Endpoint, Listener, Net } from "../../src/platform/mod.ts";

/** Serves one connection; the connection is closed when it returns. */
export type Peer = (connection: Connection) => Promise<void>;

/**
 * A network of peers in memory. With `cutAfter` the line drops for good after so many octets have
 * passed, both directions counted together.
 */
export class MemoryNet implements Net {
  /** How many connections were made. */
  connections = 0;
  /** Octets that have passed in either direction. */
  octets = 0;
  /** Largest number of octets a read returns, to cut replies into pieces. */
  pieceOctets = Infinity;
  cutAfter = Infinity;
  readonly #peers: Map<string, Peer>;
  readonly #served: Promise<void>[] = [];

  /** @param peers By `host:port`. Nothing else can be reached. */
  constructor(peers: Readonly<Record<string, Peer>>) {
    this.#peers = new Map(Object.entries(peers));
  }

  connect(target: Endpoint): Promise<Connection> {
    this.connections++;
    const peer = this.#peers.get(`${target.host}:${target.port}`);
    if (peer === undefined || this.octets >= this.cutAfter) {
      return Promise.reject(
        Object.assign(new Error("Connection refused"), { name: "ConnectionRefused" }),
      );
    }
    const [up, down] = [new Pipe(this), new Pipe(this)];
    const server = new MemoryConnection(up, down);
    this.#served.push(
      peer(server).catch(() => {}).finally(() => server.close()),
    );
    return Promise.resolve(new MemoryConnection(down, up));
  }

  startTls(): Promise<Connection> {
    return Promise.reject(new TypeError("There is no TLS in memory"));
  }

  listen(): Listener {
    throw new TypeError("Cannot listen in memory");
  }

  /** Resolves when every peer has ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#served);
  }

  /** How many of `count` octets still pass. */
  spend(count: number): number {
    const passed = Math.min(count, this.cutAfter - this.octets);
    this.octets += passed;
    return passed;
  }
}

/** One direction of a connection. */
class Pipe {
  readonly net: MemoryNet;
  #pending: Uint8Array = new Uint8Array(0);
  #ended: "no" | "orderly" | "cut" = "no";
  #wake: (() => void) | undefined;

  constructor(net: MemoryNet) {
    this.net = net;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#ended !== "no") throw new Error("Broken pipe");
    const passed = this.net.spend(bytes.length);
    const both = new Uint8Array(this.#pending.length + passed);
    both.set(this.#pending);
    both.set(bytes.subarray(0, passed), this.#pending.length);
    this.#pending = both;
    if (passed < bytes.length) this.#ended = "cut";
    this.#wake?.();
    return passed === bytes.length;
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#pending.length === 0) {
      if (this.#ended === "orderly") return null;
      if (this.#ended === "cut") throw new Error("Connection reset by peer");
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const count = Math.min(into.length, this.#pending.length, this.net.pieceOctets);
    into.set(this.#pending.subarray(0, count));
    this.#pending = this.#pending.slice(count);
    return count;
  }

  end(how: "orderly" | "cut"): void {
    if (this.#ended === "no") this.#ended = how;
    this.#wake?.();
  }
}

class MemoryConnection implements Connection {
  readonly remote = { host: "memory", port: 0 };
  readonly local = { host: "memory", port: 0 };
  readonly #in: Pipe;
  readonly #out: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#in = incoming;
    this.#out = outgoing;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#in.read(into);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await Promise.resolve();
    if (!this.#out.write(bytes)) this.#in.end("cut"); // A line drops in both directions.
  }

  closeWrite(): Promise<void> {
    this.#out.end("orderly");
    return Promise.resolve();
  }

  close(): void {
    this.#out.end("orderly");
    this.#in.end("cut");
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
