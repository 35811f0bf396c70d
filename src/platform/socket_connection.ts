import type { Socket } from "node:net";
import type { Connection, Endpoint } from "./net.ts";

/** A {@linkcode Connection} over a socket of `node:net` or `node:tls`. */
export class SocketConnection implements Connection {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #socket: Socket;
  readonly #close: () => void;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  /** @param close Ends what is below the socket as well. */
  constructor(
    socket: Socket,
    { remote, local, close = () => {} }: {
      readonly remote: Endpoint;
      readonly local: Endpoint;
      readonly close?: () => void;
    },
  ) {
    this.remote = remote;
    this.local = local;
    this.#socket = socket;
    this.#close = close;
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done) return null;
      this.#rest = value;
    }
    const count = Math.min(into.length, this.#rest.length);
    into.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  /** Of TLS it waits for the handshake too. */
  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const closed = () => reject(new Error("The connection was closed"));
    this.#socket.once("close", closed); // Not every write that is cut off is told so.
    this.#socket.write(bytes, (error) => {
      this.#socket.off("close", closed);
      if (error) reject(error);
      else resolve();
    });
    if (this.#socket.destroyed) closed();
    return promise;
  }

  closeWrite(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once("close", resolve);
    this.#socket.end(() => resolve());
    return promise;
  }

  close(): void {
    this.#socket.destroy();
    this.#close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A {@linkcode Connection} over a socket that somebody else has used so far. He must have let go of
 * it: nobody else reads from it any more, and nothing that was read is owed.
 */
export function connectionOver(socket: Socket): Connection {
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  return new SocketConnection(socket, {
    remote: { host: remoteAddress, port: remotePort },
    local: { host: localAddress, port: localPort },
  });
}
