import { type Clock, type Connection, deadline } from "../../platform/mod.ts";
import { encodeLine } from "./messages.ts";

/** How many lines may wait for a client that reads slowly. */
const MAX_WAITING = 1000;

/** Writes lines of JSON, one whole line after the other however many callers there are. */
export class LineSender {
  readonly #connection: Connection;
  readonly #limit: { readonly clock: Clock; readonly ms: number } | undefined;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** @param limit How long a client may take to read a line; it is cut off then. */
  constructor(connection: Connection, limit?: { readonly clock: Clock; readonly ms: number }) {
    this.#connection = connection;
    this.#limit = limit;
  }

  /** @throws {Error} If the client is gone, or too many lines wait for it. */
  send(value: unknown): Promise<void> {
    if (this.#waiting >= MAX_WAITING) {
      return Promise.reject(new Error(`The client has not read ${MAX_WAITING} lines`));
    }
    this.#waiting++;
    const sent = this.#last.then(() => this.#write(encodeLine(value))).finally(() =>
      this.#waiting--
    );
    this.#last = sent.catch(() => {}); // Each caller hears of its own line.
    return sent;
  }

  async #write(line: Uint8Array): Promise<void> {
    if (this.#limit === undefined) return await this.#connection.write(line);
    using limit = deadline(this.#limit.clock, this.#limit.ms);
    limit.signal.addEventListener("abort", () => this.#connection.close(), { once: true });
    await this.#connection.write(line);
  }
}
