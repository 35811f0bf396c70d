/**
 * A connection that is read by lines, for the tests' own small clients and servers. They share no
 * code with the product: a fault must not hide on both sides.
 *
 * @module
 */
import { octetsOf } from "./octet_text.ts";

const LF = 0x0a;

/** What is needed of a connection. */
export type OctetConn = Pick<Deno.Conn, "read" | "write" | "close">;

/** Lines in, octets out. Disposing closes. */
export class LineConn implements Disposable {
  readonly #conn: OctetConn;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  #start = 0;
  #end = 0;

  constructor(conn: OctetConn) {
    this.#conn = conn;
  }

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<LineConn> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new LineConn(conn);
  }

  /** The next line with its end, or `undefined` at the end of the stream. */
  async line(): Promise<Uint8Array | undefined> {
    for (let searched = this.#start;;) {
      const at = this.#buffer.subarray(0, this.#end).indexOf(LF, searched);
      if (at >= 0) return this.#take(at + 1);
      const before = this.#start;
      searched = this.#end;
      this.#makeRoom();
      searched -= before - this.#start;
      const count = await this.#conn.read(this.#buffer.subarray(this.#end));
      if (count === null) return undefined;
      this.#end += count;
    }
  }

  /** The next line as text, one octet a character, without its end. */
  async text(): Promise<string | undefined> {
    const line = await this.line();
    return line === undefined ? undefined : String.fromCharCode(...line).replace(/\r?\n$/, "");
  }

  /** Octets that have come and were not read yet. */
  get waiting(): number {
    return this.#end - this.#start;
  }

  /** Writes a text, one octet a character, or octets. */
  async write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? octetsOf(data) : data;
    for (let done = 0; done < bytes.length;) done += await this.#conn.write(bytes.subarray(done));
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // Closed before.
    }
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(end: number): Uint8Array {
    const line = this.#buffer.slice(this.#start, end);
    this.#start = end;
    return line;
  }

  #makeRoom(): void {
    if (this.#end < this.#buffer.length) return;
    const kept = this.#buffer.subarray(this.#start, this.#end);
    const full = kept.length > this.#buffer.length / 2;
    const next = full ? new Uint8Array(this.#buffer.length * 2) : this.#buffer;
    if (full) next.set(kept);
    else next.copyWithin(0, this.#start, this.#end);
    this.#buffer = next;
    this.#end -= this.#start;
    this.#start = 0;
  }
}
