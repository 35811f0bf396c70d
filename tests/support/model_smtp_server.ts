import type { Connection, Net } from "../../src/platform/mod.ts";
import { octetText } from "./octet_text.ts";

/** What a {@linkcode ModelSmtpServer} took. */
export interface TakenMail {
  readonly mail: string;
  readonly rcpts: readonly string[];
  readonly data: string;
}

/**
 * An SMTP server in memory, behind a {@linkcode Net}: no sockets, no time. Each connection may be
 * cut after so many octets of what the server says.
 */
export class ModelSmtpServer implements Net {
  readonly taken: TakenMail[] = [];
  /** All commands of all connections. */
  readonly commands: string[] = [];
  connections = 0;
  /** Octets the n-th connection (from 0) gets to hear; the rest is lost with it. */
  cutAfter: (connection: number) => number = () => Infinity;
  /** What it says to a command instead of yes; `""` says nothing at all. */
  answer: (command: string) => string | undefined = () => undefined;
  readonly #keywords: readonly string[];

  constructor(...keywords: readonly string[]) {
    this.#keywords = keywords;
  }

  connect(): Promise<Connection> {
    return Promise.resolve(new ModelConnection(this, this.cutAfter(this.connections++)));
  }

  startTls(): Promise<Connection> {
    throw new TypeError("No TLS in memory");
  }

  listen(): never {
    throw new TypeError("No listening in memory");
  }

  /** The reply to a command line. */
  reply(command: string): string {
    this.commands.push(command);
    const own = this.answer(command);
    if (own !== undefined) return own;
    const [verb] = command.split(/[ :]/);
    switch (verb) {
      case "EHLO":
        return ["mx.world", ...this.#keywords].map((text, index, all) =>
          `250${index === all.length - 1 ? " " : "-"}${text}\r\n`
        ).join("");
      case "DATA":
        return "354 Go ahead\r\n";
      case "QUIT":
        return "221 Bye\r\n";
      default:
        return "250 OK\r\n";
    }
  }
}

class ModelConnection implements Connection {
  readonly remote = { host: "mx.world", port: 25 };
  readonly local = { host: "office.here", port: 1025 };
  readonly #server: ModelSmtpServer;
  #left: number;
  #toRead = "";
  #heard = "";
  #inData = false;
  #mail = "";
  #rcpts: string[] = [];
  #closed = false;
  #wake = Promise.withResolvers<void>();

  constructor(server: ModelSmtpServer, cutAfter: number) {
    this.#server = server;
    this.#left = cutAfter;
    this.#say(server.answer("") ?? "220 mx.world\r\n");
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#toRead === "" && this.#left > 0) {
      if (this.#closed) throw new Error("Bad resource ID");
      await this.#wake.promise;
    }
    if (this.#toRead === "") return null;
    const bytes = new TextEncoder().encode(this.#toRead).subarray(0, into.length);
    into.set(bytes);
    this.#toRead = this.#toRead.slice(bytes.length);
    return bytes.length;
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || this.#left <= 0) return Promise.reject(new Error("Broken pipe"));
    this.#heard += octetText(bytes);
    while (this.#inData ? this.#takeData() : this.#takeCommand());
    return Promise.resolve();
  }

  closeWrite(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#closed = true;
    this.#wake.resolve();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #takeCommand(): boolean {
    const end = this.#heard.indexOf("\r\n");
    if (end < 0) return false;
    const command = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end + 2);
    const reply = this.#server.reply(command);
    if (command.startsWith("MAIL")) [this.#mail, this.#rcpts] = [command, []];
    if (command.startsWith("RCPT") && reply.startsWith("2")) this.#rcpts.push(command);
    this.#inData = command === "DATA" && reply.startsWith("354");
    this.#say(reply);
    return true;
  }

  #takeData(): boolean {
    const end = `\r\n${this.#heard}`.indexOf("\r\n.\r\n");
    if (end < 0) return false;
    const data = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end + 3);
    this.#inData = false;
    if (this.#rcpts.length > 0) {
      this.#server.taken.push({ mail: this.#mail, rcpts: this.#rcpts, data });
    }
    this.#say(this.#server.reply("."));
    return true;
  }

  #say(text: string): void {
    this.#toRead += text.slice(0, Math.max(this.#left, 0));
    this.#left -= text.length;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
