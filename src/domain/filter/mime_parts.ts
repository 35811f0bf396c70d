/**
 * The adapter for mailparser: all that is known here of its inner life is in this file.
 *
 * The library finds the parts of a message and decodes them. Made for showing mail, it keeps texts
 * in memory, turns HTML into text and looks for links; here every part is a stream instead, and what
 * it would remember of the parts that are done is dropped, so that a message of any size and any
 * number of parts takes the same memory.
 *
 * @module
 */
// @ts-types="./mailparser.d.ts"
import { type AttachmentEvent, MailParser, type MimeNode, type PartNode } from "mailparser";
import { transformed } from "../../formats/byte_transform.ts";
import { parseContentValue } from "../../formats/content_type.ts";
import { QuotedPrintableDecoder } from "../../formats/quoted_printable.ts";

/** Most parts of one message that are looked into; what is behind them is not. */
export const MAX_PARTS = 10_000;

/** How deep multiparts may be in each other. */
export const MAX_DEPTH = 30;

/** How deep messages may be attached to messages. */
export const MAX_ATTACHED_DEPTH = 5;

/** Longest header of a part, in octets; the longer it is, the more taking it apart costs. */
const MAX_PART_HEADER_OCTETS = 16 * 1024;

const QUOTED_PRINTABLE = "quoted-printable";

/** What a part says of itself. */
export interface Part {
  readonly contentType: string;
  readonly encoding: string;
  readonly charset: string;
  /** Content-Type and Content-Disposition, each on one line, decoded. */
  readonly lines: readonly string[];
}

/** Is told of each part, and gives what hears its decoded octets, if anything does. */
export type PartVisitor = (part: Part) => ((octets: Uint8Array) => void) | undefined;

/** Takes a message apart that is written to it piece by piece. */
export class MimeParts implements Disposable {
  readonly #parser: StreamingParser;
  readonly #visit: PartVisitor;
  readonly #attachedDepth: number;
  readonly #ended = Promise.withResolvers<void>();
  /** Lets whoever has written go on. */
  #goOn: (() => void) | undefined;
  #open: AttachmentEvent | undefined;
  #reading: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor(visit: PartVisitor, attachedDepth = 0) {
    this.#visit = visit;
    this.#attachedDepth = attachedDepth;
    this.#parser = new StreamingParser((problem) => this.#giveUp(problem));
    this.#parser.on("error", (error) => this.#giveUp(error.message));
    this.#parser.on("data", (part) => this.#take(part));
    this.#parser.once("end", () => this.#end());
    this.#parser.once("close", () => this.#end());
  }

  /** Why nothing more is looked into; the message is not what its sender may have meant. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Resolves when more can be taken. `chunk` is copied. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#problem !== undefined) return;
    // Not a race with #ended: that would keep each chunk for as long as the message lasts.
    const taken = Promise.withResolvers<void>();
    this.#goOn = taken.resolve;
    this.#parser.write(chunk, taken.resolve);
    await taken.promise;
  }

  /** Resolves when every part was told. */
  async end(): Promise<void> {
    if (this.#problem !== undefined) return;
    this.#parser.end();
    await this.#ended.promise;
    await this.#reading;
  }

  [Symbol.dispose](): void {
    this.#problem ??= "Broken off";
    this.#open?.content.destroy();
    this.#parser.destroy();
    this.#end();
  }

  #end(): void {
    this.#ended.resolve();
    this.#goOn?.();
  }

  #giveUp(problem: string): void {
    this.#problem ??= problem;
    this[Symbol.dispose]();
  }

  #take(part: AttachmentEvent): void {
    if (part.type !== "attachment") return;
    this.#open = part;
    this.#reading = this.#read(part).catch((error) => this.#giveUp(String(error)));
  }

  async #read(event: AttachmentEvent): Promise<void> {
    const part = partOf(event);
    const hear = this.#visit(part);
    using attached = this.#attached(part);
    const decoding = part.encoding === QUOTED_PRINTABLE ? [new QuotedPrintableDecoder()] : [];
    for await (const octets of transformed(event.content, ...decoding)) {
      hear?.(octets);
      await attached?.write(octets);
    }
    await attached?.end();
    if (attached?.problem !== undefined) this.#problem ??= attached.problem;
    event.release();
  }

  #attached({ contentType }: Part): MimeParts | undefined {
    if (!/^message\/(?:rfc822|global|news)$/.test(contentType)) return undefined;
    if (this.#attachedDepth < MAX_ATTACHED_DEPTH) {
      return new MimeParts(this.#visit, this.#attachedDepth + 1);
    }
    this.#giveUp("Messages attached to messages go too deep");
  }
}

class StreamingParser extends MailParser {
  override textTypes: readonly string[] = [];
  readonly #giveUp: (problem: string) => void;

  constructor(giveUp: (problem: string) => void) {
    super({
      ignoreEmbedded: true,
      maxChildNodes: MAX_PARTS,
      maxHeadSize: MAX_PART_HEADER_OCTETS,
    });
    this.#giveUp = giveUp;
  }

  /** The tree grows by what is open only, and not too deep: each node holds the way to it. */
  override createNode(node: MimeNode): PartNode {
    if (node.encoding !== false) node.encoding = encodingIn(node.encoding);
    // Its own decoder begins when the last octet has come (libqp 2.1.2).
    if (node.encoding === QUOTED_PRINTABLE) node.encoding = "8bit";
    this.attachmentList.length = 0;
    const made = super.createNode(node);
    let depth = 0;
    for (let above = made.parent; above !== undefined; above = above.parent) {
      above.children.length = 0;
      depth++;
    }
    if (depth > MAX_DEPTH) this.#giveUp("Parts within parts go too deep");
    return made;
  }

  override processHeaders(lines: Parameters<MailParser["processHeaders"]>[0]) {
    return super.processHeaders(lines.filter(({ key }) => key.startsWith("content-")));
  }

  /** What it throws would be thrown in a callback of the event loop, at nobody. */
  override processChunk(data: unknown, done: (error?: unknown) => void): void {
    try {
      super.processChunk(data, done);
    } catch (error) {
      this.#giveUp(String(error));
    }
  }

  override getTextContent(): { readonly type: "text" } {
    return { type: "text" };
  }
}

/**
 * The encoding that a Content-Transfer-Encoding names, in lower case. Comments are allowed beside it
 * (RFC 2045 section 6.1); quotes and semicolons are not, and mail programs decode all the same.
 */
function encodingIn(value: string): string {
  return parseContentValue(value).value.replaceAll('"', "");
}

/** A header field with parameters, as the library reads it. */
interface StructuredField {
  readonly value: string;
  readonly params: Readonly<Record<string, string>>;
}

function partOf({ headers, filename = "" }: AttachmentEvent): Part {
  const type = structured(headers.get("content-type"));
  const disposition = structured(headers.get("content-disposition"));
  return {
    contentType: type.value.toLowerCase().trim(),
    encoding: encodingIn(String(headers.get("content-transfer-encoding") ?? "")),
    charset: (type.params["charset"] ?? "").toLowerCase().trim(),
    lines: [
      ...linesOf("Content-Type", type, filename === "" ? "" : `; name="${filename}"`),
      ...linesOf("Content-Disposition", disposition, filename && `; filename="${filename}"`),
    ],
  };
}

/** All parameters as they come, and the name by itself: whoever looks for it knows no others. */
function linesOf(field: string, { value, params }: StructuredField, name: string): string[] {
  const all = Object.entries(params).map(([key, text]) => `; ${key}="${text}"`).join("");
  const lines = [`${field}: ${value}${all}`, `${field}: ${value}${name}`];
  return value === "" && name === "" ? [] : lines;
}

function structured(field: unknown): StructuredField {
  const { value, params } = (field ?? {}) as Partial<Record<string, unknown>>;
  return {
    value: typeof value === "string" ? value : "",
    params: (typeof params === "object" ? params ?? {} : {}) as StructuredField["params"],
  };
}
