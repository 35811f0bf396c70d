import { Buffer } from "node:buffer";
import { LineConn } from "./line_conn.ts";
import type { Pop3Login } from "./pop3_clients.ts";

/** The server answered `-ERR`. */
export class RefusedError extends Error {
  override name = "RefusedError";
}

const DOT = 0x2e;

/** A POP3 session of the tests' own, one command at a time. Disposing it drops the connection. */
export class Pop3Session implements Disposable {
  readonly #conn: LineConn;

  constructor(conn: LineConn) {
    this.#conn = conn;
  }

  /** Connects and logs in. */
  static async open({ port, user, password }: Pop3Login): Promise<Pop3Session> {
    const session = new Pop3Session(await LineConn.open(port));
    try {
      await session.#reply();
      await session.command(`USER ${user}`);
      await session.command(`PASS ${password}`);
      return session;
    } catch (error) {
      session.#conn.close();
      throw error;
    }
  }

  /**
   * Sends a command and resolves to what stands behind `+OK`.
   *
   * @throws {RefusedError} If the answer is `-ERR`.
   * @throws {Error} If the connection ends.
   */
  async command(line: string): Promise<string> {
    await this.#conn.write(line + "\r\n");
    return await this.#reply();
  }

  /** Sends a command with an answer of many lines; resolves to them, dots unstuffed. */
  async lines(line: string): Promise<Uint8Array[]> {
    await this.command(line);
    const lines: Uint8Array[] = [];
    while (true) {
      const next = await this.#conn.line();
      if (next === undefined) throw new Error("The connection ended within an answer");
      if (next[0] !== DOT) lines.push(next);
      else if (next.length === 3) return lines;
      else lines.push(next.subarray(1));
    }
  }

  /** A message. */
  async retrieve(number: number): Promise<Uint8Array> {
    return new Uint8Array(Buffer.concat(await this.lines(`RETR ${number}`)));
  }

  /** A listing (`LIST`, `UIDL`): what stands behind the numbers, in their order. */
  async listing(command: "LIST" | "UIDL"): Promise<string[]> {
    const lines = await this.lines(command);
    return lines.map((line) => String.fromCharCode(...line).trim().replace(/^\d+ /, ""));
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }

  async #reply(): Promise<string> {
    const reply = await this.#conn.text();
    if (reply === undefined) throw new Error("The connection ended where a reply was due");
    if (!reply.startsWith("+OK")) throw new RefusedError(`Refused: ${reply}`);
    return reply.slice(4);
  }
}
