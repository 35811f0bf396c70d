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
import { type AttachmentEvent, MailParser, type PartNode } from "mailparser";

/** Most parts of one message that are looked into; what is behind them is not. */
export const MAX_PARTS = 10_000;

/** How deep multiparts may be in each other, and messages be attached to messages. */
export const MAX_DEPTH = 30;
export const MAX_ATTACHED_DEPTH = 5;

/** Longest header of a part, in octets. */
const MAX_PART_HEADER_OCTETS = 64 * 1024;

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
  #open: AttachmentEvent | undefined;
  #reading: Promise<void> = Promise.resolve();
  #problem: string | undefined;

  constructor(visit: PartVisitor, attachedDepth = 0) {
    this.#visit = visit;
    this.#attachedDepth = attachedDepth;
    this.#parser = new StreamingParser((problem) => this.#giveUp(problem));
    this.#parser.on("error", (error) => this.#giveUp(error.message));
    this.#parser.on("data", (part) => this.#take(part));
    this.#parser.once("end", () => this.#ended.resolve());
    this.#parser.once("close", () => this.#ended.resolve());
  }

  /** Why nothing more is looked into; the message is not what its sender may have meant. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Resolves when more can be taken. `chunk` is copied. */
  async write(chunk: Uint8Array): Promise<void> {
    if (this.#problem !== undefined) return;
    const taken = new Promise<void>((resolve) => this.#parser.write(chunk, resolve));
    await Promise.race([taken, this.#ended.promise]);
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
    this.#ended.resolve();
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
    for await (const octets of event.content) {
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
  override createNode(node: unknown): PartNode {
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
    encoding: String(headers.get("content-transfer-encoding") ?? "").toLowerCase().trim(),
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
