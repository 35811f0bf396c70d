import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { Connection } from "./net.ts";

/** How much is read from below at once, in octets. */
const READ_OCTETS = 16 * 1024;

/**
 * A {@linkcode Connection} as a socket of `node:net`, for a library that knows nothing else. Timers
 * on it do nothing: whoever has it looks after the time.
 */
export function socketOver(connection: Connection): Socket {
  return new ConnectionSocket(connection) as Duplex as Socket;
}

class ConnectionSocket extends Duplex {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super({ allowHalfOpen: false });
    this.#connection = connection;
    this.remoteAddress = connection.remote.host;
    this.remotePort = connection.remote.port;
    this.localAddress = connection.local.host;
    this.localPort = connection.local.port;
  }

  get readyState(): "open" | "closed" {
    return this.destroyed ? "closed" : "open";
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this; // Nothing of ours delays.
  }

  /** Closes when all that was written has left. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  override _read(): void {
    const into = new Uint8Array(READ_OCTETS);
    this.#connection.read(into).then(
      (count) => this.push(count === null ? null : Buffer.from(into.buffer, 0, count)),
      (error) => this.destroy(error),
    );
  }

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    told: (error?: Error | null) => void,
  ): void {
    this.#connection.write(bytes).then(() => told(), told);
  }

  override _final(told: (error?: Error | null) => void): void {
    // The peer may have gone first.
    this.#connection.closeWrite().then(() => told(), () => told());
  }

  override _destroy(error: Error | null, told: (error?: Error | null) => void): void {
    this.#connection.close();
    told(error);
  }
}
