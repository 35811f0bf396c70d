import { fieldsNamed, type HeaderBlock, type HeaderField } from "../../formats/header.ts";
import { type Clock, deadline, type Log, orAborted } from "../../platform/mod.ts";
import type { MimeParts, Part } from "./mime_parts.ts";
import { TextSearch } from "./text_search.ts";

/** How long taking a message apart may hold it up at one place, in ms: a guard against a hang. */
const PATIENCE_MS = 30_000;

/** What a search of the parts needs. */
export interface PartSearchOptions {
  readonly search: TextSearch;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Looks for texts in the parts of a message: in what is encoded, once it is decoded, and in what the
 * parts say of themselves. What cannot be taken apart is not looked into, and the log says so.
 */
export class PartSearch implements AsyncDisposable {
  readonly #options: PartSearchOptions;
  readonly #parts: MimeParts;
  #found: number | undefined;
  #told = false;

  /**
   * Begins with the header of the message itself: it describes a message that is one part.
   *
   * @returns `undefined` if the body as it stands is all there is.
   */
  static async open(
    message: HeaderBlock,
    options: PartSearchOptions,
  ): Promise<PartSearch | undefined> {
    if (isPlain(message.fields)) return undefined;
    // Not before it is needed: the library is large.
    const { MimeParts } = await import("./mime_parts.ts");
    const opened = new PartSearch((visit) => new MimeParts(visit), options);
    await opened.write(new TextEncoder().encode(contentHeader(message.fields)));
    return opened;
  }

  private constructor(
    open: (visit: (part: Part) => ((octets: Uint8Array) => void) | undefined) => MimeParts,
    options: PartSearchOptions,
  ) {
    this.#options = options;
    this.#parts = open((part) => this.#visit(part));
  }

  /** Goes on with the next octets. @returns The number of a text that was found by now. */
  async write(chunk: Uint8Array): Promise<number | undefined> {
    await this.#patiently(this.#parts.write(chunk));
    return this.#found;
  }

  /** Waits for the last part. @returns The number of a text that was found. */
  async end(): Promise<number | undefined> {
    await this.#patiently(this.#parts.end());
    return this.#found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#parts[Symbol.dispose]();
    return Promise.resolve();
  }

  #visit(
    { lines, encoding, charset, contentType }: Part,
  ): ((octets: Uint8Array) => void) | undefined {
    const { search } = this.#options;
    this.#found ??= search.find(new TextEncoder().encode(lines.join("\r\n")));
    const decoder = /^text\//.test(contentType) ? decoderFor(charset) : undefined;
    // Anything else stands in the body as it is, where it was looked for already.
    if (decoder === undefined && !/^(?:base64|quoted-printable)$/.test(encoding)) return undefined;
    let state = TextSearch.START;
    return (octets) => {
      const text = decoder?.decode(octets, { stream: true });
      const step = search.step(state, text === undefined ? octets : new TextEncoder().encode(text));
      this.#found ??= step.found;
      state = step.state;
    };
  }

  async #patiently(work: Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    using patience = deadline(clock, PATIENCE_MS);
    try {
      await orAborted(work, patience.signal);
    } catch (error) {
      if (!patience.signal.aborted) throw error;
      this.#parts[Symbol.dispose]();
    }
    if (this.#parts.problem === undefined || this.#told) return;
    this.#told = true;
    log.warn("Looked into a message only in part", { reason: this.#parts.problem });
  }
}

/** Whether a message is one text without a name, and nothing in it is encoded. */
function isPlain(fields: readonly HeaderField[]): boolean {
  const values = (name: string) => fieldsNamed(fields, name).map(({ value }) => value);
  return values("Content-Disposition").length === 0 &&
    values("Content-Transfer-Encoding").every((value) => /^[78]bit$/i.test(value)) &&
    values("Content-Type").every((value) => PLAIN_TYPE.test(value));
}

const PLAIN_TYPE = /^text\/[a-z]+(?:; *(?:charset="?(?:us-ascii|utf-8)"?|format="?flowed"?) *)*$/i;

/** The fields about the content alone: the library would take apart addresses too. */
function contentHeader(fields: readonly HeaderField[]): string {
  const lines = ["Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]
    .flatMap((name) => fieldsNamed(fields, name).slice(0, 1))
    .map(({ name, value }) => `${name}: ${value}\r\n`);
  return lines.join("") + "\r\n";
}

/** Makes UTF-8 of what is not; `undefined` where there is nothing to do, or nobody knows how. */
function decoderFor(charset: string): TextDecoder | undefined {
  if (/^(?:|us-ascii|ascii|utf-?8)$/.test(charset)) return undefined;
  try {
    return new TextDecoder(charset);
  } catch {
    return undefined;
  }
}
