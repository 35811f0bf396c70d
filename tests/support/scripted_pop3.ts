import { type Connection, LineReader } from "../../src/platform/mod.ts";
import type { Peer } from "./memory_net.ts";

/** A message in a {@linkcode ScriptedPop3}. */
export interface ScriptedMessage {
  readonly uid: string;
  /** With CRLF line ends unless a test wants others. */
  readonly text: string;
}

/** How a {@linkcode ScriptedPop3} behaves; what is left out is what a good server does. */
export interface Pop3Quirks {
  readonly pipelining?: boolean;
  readonly capa?: boolean;
  readonly top?: boolean;
  readonly uidl?: boolean;
  /** The line instead of the usual one for a command, `RETR 2` or `RETR`; `undefined` as usual. */
  readonly reply?: (command: string) => string | undefined;
  /** What LIST says a message's size is. */
  readonly sizeOf?: (message: ScriptedMessage) => number;
  /** Ends lines of replies, and turns CRLF in messages into it. */
  readonly lineEnd?: string;
}

/**
 * A POP3 server that holds messages in memory, for one user, and misbehaves as it is told. Messages
 * are deleted at QUIT, as RFC 1939 section 6 has it.
 */
export class ScriptedPop3 {
  messages: ScriptedMessage[];
  quirks: Pop3Quirks;
  /** All commands of all sessions, without arguments of PASS. */
  readonly commands: string[] = [];
  /** How many times the server had to wait for the client: round trips. */
  waits = 0;

  constructor(messages: readonly ScriptedMessage[], quirks: Pop3Quirks = {}) {
    this.messages = [...messages];
    this.quirks = quirks;
  }

  readonly serve: Peer = async (connection) => {
    const session = new Session(this, connection);
    await session.run();
  };
}

class Session {
  readonly #server: ScriptedPop3;
  readonly #connection: Connection;
  readonly #deleted = new Set<number>();
  readonly #listed: readonly ScriptedMessage[];

  constructor(server: ScriptedPop3, connection: Connection) {
    this.#server = server;
    this.#connection = connection;
    this.#listed = [...server.messages];
  }

  async run(): Promise<void> {
    const lines = new LineReader(this.#connection, { maxLineOctets: 512 });
    await this.#write(this.#server.quirks.reply?.("greeting") ?? "+OK ready");
    while (true) {
      if (lines.bufferedOctets === 0) this.#server.waits++;
      const line = await lines.readLine();
      if (line === undefined) return;
      const command = new TextDecoder().decode(line);
      const [keyword = "", argument = ""] = command.split(" ");
      this.#server.commands.push(keyword === "PASS" ? keyword : command);
      const { reply } = this.#server.quirks;
      const scripted = reply?.(command) ?? reply?.(keyword);
      if (scripted === "close") return;
      if (keyword === "QUIT" && scripted === undefined) this.#expunge();
      await this.#write(scripted ?? this.#answer(keyword, Number(argument)));
      if (keyword === "QUIT") return;
    }
  }

  #answer(keyword: string, number: number): string {
    const { capa = true, uidl = true, top = true, pipelining = false } = this.#server.quirks;
    const message = this.#listed[number - 1];
    switch (keyword) {
      case "USER":
      case "PASS":
      case "QUIT":
        return "+OK";
      case "CAPA":
        return capa ? list(["USER", ...(pipelining ? ["PIPELINING"] : [])]) : "-ERR unknown";
      case "UIDL":
        return uidl ? list(this.#listed.map(({ uid }, at) => `${at + 1} ${uid}`)) : "-ERR unknown";
      case "LIST":
        return list(this.#listed.map((one, at) => `${at + 1} ${this.#sizeOf(one)}`));
      case "TOP":
        if (!top) return "-ERR unknown";
        return message === undefined ? "-ERR no such message" : multiline(headerOf(message.text));
      case "RETR":
        return message === undefined ? "-ERR no such message" : multiline(message.text);
      case "DELE":
        if (message === undefined) return "-ERR no such message";
        this.#deleted.add(number);
        return "+OK";
      default:
        return "-ERR unknown";
    }
  }

  #sizeOf(message: ScriptedMessage): number {
    return this.#server.quirks.sizeOf?.(message) ?? message.text.length;
  }

  #expunge(): void {
    const gone = new Set(this.#listed.filter((_message, at) => this.#deleted.has(at + 1)));
    this.#server.messages = this.#server.messages.filter((message) => !gone.has(message));
  }

  async #write(reply: string): Promise<void> {
    const { lineEnd = "\r\n" } = this.#server.quirks;
    const text = lineEnd === "\r\n" ? reply : reply.replaceAll("\r\n", lineEnd);
    await this.#connection.write(new TextEncoder().encode(text + lineEnd));
  }
}

function list(lines: readonly string[]): string {
  return ["+OK", ...lines, "."].join("\r\n");
}

function multiline(text: string): string {
  return `+OK\r\n${text.replaceAll(/(^|\r\n)\./g, "$1..")}.`;
}

function headerOf(text: string): string {
  return text.slice(0, text.indexOf("\r\n\r\n") + 4);
}
