import { decodeText } from "../formats/header.ts";
import { printable } from "../formats/words.ts";
import { parseReplyLine } from "../formats/smtp.ts";
import {
  type Clock,
  type Connection,
  deadline,
  type Endpoint,
  LineReader,
  messageOf,
  type Net,
  reasonInWords,
} from "../platform/mod.ts";

/** How long the server may take for a connection, and for a reply (RFC 5321 section 4.5.3.2). */
const CONNECT_MS = 30_000;
const REPLY_MS = 5 * 60_000;

/** Longest line of a reply, in octets, and most lines: eight times what RFC 5321 allows. */
const MAX_LINE_OCTETS = 4096;
const MAX_REPLY_LINES = 1000;

const LF = 0x0a;
const CR = 0x0d;

/** How playing went. Whatever the server replied, a dialogue that came to its end was played. */
export type PlayResult =
  | { readonly kind: "played" }
  | { readonly kind: "broken"; readonly reason: string };

/** What playing needs. */
export interface PlayTools {
  readonly net: Pick<Net, "connect">;
  readonly clock: Clock;
  /** Hears the dialogue line by line. */
  readonly line: (text: string) => void;
}

/**
 * Plays an SMTP script (C15, F12; document 000, lines 812-846): each line is sent when the reply to
 * the one before has come, the lines of a message without waiting. Tells replies as they come, and
 * `Send (…)` for what is sent. A script that does not end with QUIT is given one.
 *
 * Empty lines, and lines of nothing but asterisks or behind a `#`, are not sent: no command begins
 * so, and the document frames its script with asterisks. Within a message every line counts.
 */
export async function playScript(
  { script, target }: { readonly script: Uint8Array; readonly target: Endpoint },
  tools: PlayTools,
  signal: AbortSignal,
): Promise<PlayResult> {
  try {
    using connection = await connected(target, tools, signal);
    await new Player(connection, tools, signal).play(linesOf(script));
    return { kind: "played" };
  } catch (error) {
    if (error instanceof BrokenDialogue) return { kind: "broken", reason: error.message };
    if (signal.aborted) return { kind: "broken", reason: "Interrupted" };
    throw error;
  }
}

/** The dialogue cannot go on. */
class BrokenDialogue extends Error {
  override name = "BrokenDialogue";
}

async function connected(
  target: Endpoint,
  { net, clock }: PlayTools,
  signal: AbortSignal,
): Promise<Connection> {
  using limit = deadline(clock, CONNECT_MS, signal);
  try {
    return await net.connect(target, limit.signal);
  } catch (cause) {
    signal.throwIfAborted();
    const where = `${target.host} port ${target.port}`;
    throw new BrokenDialogue(`Cannot connect to ${where}: ${reasonInWords(cause)}`, { cause });
  }
}

class Player {
  readonly #connection: Connection;
  readonly #reader: LineReader;
  readonly #tools: PlayTools;
  readonly #signal: AbortSignal;

  constructor(connection: Connection, tools: PlayTools, signal: AbortSignal) {
    this.#connection = connection;
    this.#reader = new LineReader(connection, { maxLineOctets: MAX_LINE_OCTETS });
    this.#tools = tools;
    this.#signal = signal;
  }

  async play(lines: readonly Uint8Array[]): Promise<void> {
    if (await this.#reply() !== 220) throw new BrokenDialogue("The server takes nobody now");
    let at = 0;
    while (at < lines.length) {
      const line = lines[at++]!; // The condition of the loop.
      if (isComment(line)) continue;
      const command = decodeText(line).trim().toUpperCase();
      const code = await this.#exchange(line);
      if (command === "QUIT") return;
      if (code === 421) throw new BrokenDialogue("The server has ended the dialogue");
      if (command === "STARTTLS" && code === 220) {
        throw new BrokenDialogue("A script cannot go on with TLS; leave out STARTTLS");
      }
      if (command === "DATA") at = await this.#message(lines, { from: at, wanted: code === 354 });
    }
    await this.#exchange(new TextEncoder().encode("QUIT"));
  }

  /** Sends the lines of a message, or leaves them out; returns where the next command is. */
  async #message(
    lines: readonly Uint8Array[],
    { from, wanted }: { readonly from: number; readonly wanted: boolean },
  ): Promise<number> {
    const end = lines.findIndex((line, index) => index >= from && decodeText(line) === ".");
    if (end < 0) {
      throw new BrokenDialogue("The message has no end, a line with a dot alone; it was not sent");
    }
    if (!wanted) return end + 1;
    for (const line of lines.slice(from, end)) await this.#send(line);
    await this.#exchange(lines[end]!); // findIndex() found it.
    return end + 1;
  }

  async #exchange(line: Uint8Array): Promise<number> {
    await this.#send(line);
    return await this.#reply();
  }

  async #send(line: Uint8Array): Promise<void> {
    this.#tools.line(`Send (${printable(decodeText(line))})`);
    const octets = new Uint8Array([...line, CR, LF]);
    await this.#within("take what is sent", () => this.#connection.write(octets));
  }

  /** The code of the next reply, whose lines are told as they come. */
  async #reply(): Promise<number> {
    for (let count = 0; count < MAX_REPLY_LINES; count++) {
      const line = await this.#within("reply", () => this.#reader.readLine());
      if (line === undefined) throw new BrokenDialogue("The server has closed the connection");
      this.#tools.line(printable(decodeText(line)));
      const { code, more } = parsed(line);
      if (!more) return code;
    }
    throw new BrokenDialogue(`The server replied with more than ${MAX_REPLY_LINES} lines`);
  }

  async #within<T>(what: string, action: () => Promise<T>): Promise<T> {
    using limit = deadline(this.#tools.clock, REPLY_MS, this.#signal);
    limit.signal.addEventListener("abort", () => this.#connection.close(), { once: true });
    try {
      return await action();
    } catch (cause) {
      this.#signal.throwIfAborted();
      const why = limit.signal.aborted
        ? `The server did not ${what} within ${REPLY_MS / 60_000} minutes`
        : `The dialogue broke off: ${messageOf(cause)}`;
      throw new BrokenDialogue(why, { cause });
    }
  }
}

function parsed(line: Uint8Array): { readonly code: number; readonly more: boolean } {
  try {
    return parseReplyLine(line);
  } catch (cause) {
    throw new BrokenDialogue("That is no SMTP server", { cause });
  }
}

/** The lines of a script as they stand, whatever their line ends. */
function linesOf(script: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < script.length;) {
    const lf = script.indexOf(LF, start);
    const end = lf < 0 ? script.length : lf;
    lines.push(script.subarray(start, script[end - 1] === CR && end > start ? end - 1 : end));
    start = end + 1;
  }
  return lines;
}

function isComment(line: Uint8Array): boolean {
  return /^\s*(?:#.*|\**)\s*$/s.test(decodeText(line));
}
