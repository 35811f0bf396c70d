import type { Connection, Net } from "../../src/platform/mod.ts";
import { octetText } from "./octet_text.ts";

/** What a {@linkcode ModelSmtpServer} took. */
export interface TakenMail {
  readonly mail: string;
  readonly rcpts: readonly string[];
  readonly data: string;
  /** Counted from 0. */
  readonly connection: number;
  /** Whether the client got to hear all of the final reply. */
  readonly heard: boolean;
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
  /** Octets of the n-th connection that get through to the server; then the line is gone. */
  hearsOnly: (connection: number) => number = () => Infinity;
  /** After so many messages it closes a connection without a word. */
  dropsAfter = Infinity;
  /** Octets that each connection has heard. */
  readonly heardOctets: number[] = [];
  /**
   * What it says to a command instead of yes; `""` says nothing at all. A message of which it says
   * no is not taken. `mail` is the MAIL command of the transaction.
   */
  answer: (command: string, mail: string) => string | undefined = () => undefined;
  readonly #keywords: readonly string[];

  constructor(...keywords: readonly string[]) {
    this.#keywords = keywords;
  }

  connect(): Promise<Connection> {
    return Promise.resolve(new ModelConnection(this, this.connections++));
  }

  startTls(): Promise<Connection> {
    throw new TypeError("No TLS in memory");
  }

  listen(): never {
    throw new TypeError("No listening in memory");
  }

  /** The reply to a command line. */
  reply(command: string, mail = ""): string {
    this.commands.push(command);
    const own = this.answer(command, mail);
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
  readonly #number: number;
  #left: number;
  #toRead = "";
  #heard = "";
  #inData = false;
  /** The chunk that is being read, and what came of the message in chunks before. */
  #chunk: { readonly command: string; readonly octets: number } | undefined;
  #chunks = "";
  #mail = "";
  #rcpts: string[] = [];
  #closed = false;
  #taken = 0;
  #wake = Promise.withResolvers<void>();

  constructor(server: ModelSmtpServer, number: number) {
    this.#server = server;
    this.#number = number;
    this.#left = server.cutAfter(number);
    server.heardOctets[number] = 0;
    this.#say(server.answer("", "") ?? "220 mx.world\r\n");
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
    const before = this.#server.heardOctets[this.#number] ?? 0;
    const passing = octetText(bytes).slice(0, this.#server.hearsOnly(this.#number) - before);
    this.#server.heardOctets[this.#number] = before + passing.length;
    this.#heard += passing;
    while (this.#taken < this.#server.dropsAfter && this.#takeMore());
    if (passing.length < bytes.length) {
      this.#left = 0;
      this.#wake.resolve();
    }
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
    if (command.startsWith("BDAT ")) {
      this.#chunk = { command, octets: Number(command.split(" ")[1]) };
      return true;
    }
    if (command.startsWith("MAIL") && this.#mail !== "") return this.#say("503 Nested MAIL\r\n");
    if (command.startsWith("RCPT") && this.#mail === "") return this.#say("503 Need MAIL\r\n");
    const reply = this.#server.reply(command, command.startsWith("MAIL") ? command : this.#mail);
    if (command.startsWith("MAIL") && reply.startsWith("2")) this.#begin(command);
    if (command === "RSET") this.#begin("");
    if (command.startsWith("RCPT") && reply.startsWith("2")) this.#rcpts.push(command);
    this.#inData = command === "DATA" && reply.startsWith("354");
    return this.#say(reply);
  }

  #begin(mail: string): void {
    [this.#mail, this.#rcpts, this.#chunks] = [mail, [], ""];
  }

  #takeMore(): boolean {
    if (this.#chunk !== undefined) return this.#takeChunk(this.#chunk);
    return this.#inData ? this.#takeData() : this.#takeCommand();
  }

  /** RFC 3030 section 2: the octets are read whatever is said to them. */
  #takeChunk({ command, octets }: { readonly command: string; readonly octets: number }): boolean {
    if (this.#heard.length < octets) return false;
    this.#chunks += this.#heard.slice(0, octets);
    this.#heard = this.#heard.slice(octets);
    this.#chunk = undefined;
    if (this.#rcpts.length === 0) return this.#say("554 5.5.1 No valid recipients\r\n");
    return command.endsWith(" LAST")
      ? this.#conclude(command, this.#chunks)
      : this.#say(this.#server.reply(command, this.#mail));
  }

  #takeData(): boolean {
    const end = `\r\n${this.#heard}`.indexOf("\r\n.\r\n");
    if (end < 0) return false;
    const data = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end + 3);
    this.#inData = false;
    return this.#conclude(".", data);
  }

  #conclude(command: string, data: string): boolean {
    const [mail, rcpts, connection] = [this.#mail, this.#rcpts, this.#number];
    const reply = this.#server.reply(command, mail);
    const heard = reply.length <= this.#left;
    if (rcpts.length > 0 && !/^[345]/.test(reply)) {
      this.#server.taken.push({ mail, rcpts, data, connection, heard });
    }
    this.#begin("");
    this.#say(reply);
    if (++this.#taken >= this.#server.dropsAfter) this.#left = 0;
    return true;
  }

  #say(text: string): true {
    this.#toRead += text.slice(0, Math.max(this.#left, 0));
    this.#left -= text.length;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
    return true;
  }
}
