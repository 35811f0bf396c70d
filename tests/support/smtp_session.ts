import { LineConn } from "./line_conn.ts";
import { octetText } from "./octet_text.ts";

/** How far a message got. */
export type SendResult =
  | { readonly kind: "accepted"; readonly reply: string }
  | { readonly kind: "refused"; readonly reply: string }
  /** The connection ended behind the final dot: nobody can say. */
  | { readonly kind: "unknown" }
  /** The connection ended before: it was never sent in whole. */
  | { readonly kind: "not sent" };

/** An SMTP session of the tests' own, one command at a time. Disposing it drops the connection. */
export class SmtpSession implements Disposable {
  readonly #conn: LineConn;

  constructor(conn: LineConn) {
    this.#conn = conn;
  }

  /** Connects and says EHLO. */
  static async open(port: number): Promise<SmtpSession> {
    const session = new SmtpSession(await LineConn.open(port));
    try {
      await session.reply();
      await session.command("EHLO client.example");
      return session;
    } catch (error) {
      session.#conn.close();
      throw error;
    }
  }

  /** Sends a line and resolves to the last line of the reply, whatever it says. */
  async command(line: string): Promise<string> {
    await this.#conn.write(line + "\r\n");
    return await this.reply();
  }

  /** The last line of the next reply. */
  async reply(): Promise<string> {
    while (true) {
      const line = await this.#conn.text();
      if (line === undefined) throw new Error("The connection ended where a reply was due");
      if (line[3] !== "-") return line;
    }
  }

  /** Writes octets as they are. */
  write(data: string | Uint8Array): Promise<void> {
    return this.#conn.write(data);
  }

  /** Sends a message, CRLF line ends. */
  async send(
    recipients: readonly string[],
    message: Uint8Array,
    sender = "ann@world.example",
  ): Promise<SendResult> {
    const steps = [
      `MAIL FROM:<${sender}>`,
      ...recipients.map((address) => `RCPT TO:<${address}>`),
      "DATA",
    ];
    let complete = false;
    try {
      for (const step of steps) {
        const reply = await this.command(step);
        if (!/^[23]/.test(reply)) return { kind: "refused", reply };
      }
      await this.#conn.write(stuffed(message));
      complete = true;
      const reply = await this.command(".");
      return { kind: reply.startsWith("2") ? "accepted" : "refused", reply };
    } catch {
      return { kind: complete ? "unknown" : "not sent" };
    }
  }

  [Symbol.dispose](): void {
    this.#conn.close();
  }
}

function stuffed(message: Uint8Array): string {
  return octetText(message).replace(/(^|\n)\./g, "$1..");
}
