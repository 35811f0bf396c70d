const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;

/** How an answer of many lines ends: a dot alone on a line (RFC 1939 section 3). */
const END = [CR, LF, DOT, CR, LF];

/**
 * A POP3 client that costs as little as it can, so that the server is what is measured: one command
 * at a time, and answers are thrown away. Nothing may be pipelined: an answer ends where the octets
 * end.
 */
export class Pop3Drain implements Disposable {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(256 * 1024);

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects, logs in. */
  static async open(port: number, user: string, password: string): Promise<Pop3Drain> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    const drain = new Pop3Drain(conn);
    try {
      await drain.#reply();
      await drain.command(`USER ${user}`);
      await drain.command(`PASS ${password}`);
      return drain;
    } catch (error) {
      conn.close();
      throw error;
    }
  }

  /** Sends a command with an answer of one line. */
  async command(line: string): Promise<string> {
    await this.#send(line);
    return await this.#reply();
  }

  /** Sends a command with an answer of many lines; resolves to how many octets it had. */
  async drain(line: string): Promise<number> {
    await this.#send(line);
    let octets = 0;
    let tail: number[] = [];
    while (octets < END.length || !END.every((octet, index) => octet === tail[index])) {
      const got = await this.#read();
      if (octets === 0 && this.#buffer[0] === 0x2d) {
        throw new Error(`${line} was refused: ${this.#text(got)}`);
      }
      octets += got;
      tail = [...tail, ...this.#buffer.subarray(Math.max(0, got - END.length), got)].slice(-5);
    }
    return octets;
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #send(line: string): Promise<void> {
    const bytes = new TextEncoder().encode(line + "\r\n");
    for (let done = 0; done < bytes.length;) {
      done += await this.#conn.write(bytes.subarray(done));
    }
  }

  async #reply(): Promise<string> {
    let text = "";
    while (!text.endsWith("\r\n")) text += this.#text(await this.#read());
    if (!text.startsWith("+OK")) throw new Error(`Refused: ${text.trim()}`);
    return text.slice(4).trim();
  }

  async #read(): Promise<number> {
    const count = await this.#conn.read(this.#buffer);
    if (count === null) throw new Error("The connection ended where a reply was due");
    return count;
  }

  #text(octets: number): string {
    return new TextDecoder().decode(this.#buffer.subarray(0, octets));
  }
}
