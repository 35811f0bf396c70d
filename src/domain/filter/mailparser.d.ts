/** What this product uses of mailparser, which comes without types. */

/** A part of a message, whatever its type, once {@linkcode MailParser.textTypes} is empty. */
export interface AttachmentEvent {
  readonly type: "attachment" | "text";
  readonly content: PartStream;
  /** Decoded by RFC 2231 and RFC 2047. */
  readonly filename?: string;
  /** Header fields by their names in lower case. */
  readonly headers: ReadonlyMap<string, unknown>;
  /** Lets the parser go on to the next part. */
  release(): void;
}

/** Decoded octets. */
export interface PartStream extends AsyncIterable<Uint8Array> {
  destroy(): void;
}

/** The streaming parser: a stream of Node that is written to, and tells of parts by `data`. */
export class MailParser {
  constructor(options: {
    /** An attached message is a part like any other. */
    readonly ignoreEmbedded: boolean;
    /** Most parts of a message; more are an error. */
    readonly maxChildNodes: number;
    /** Longest header of a part, in octets; a longer one is an error. */
    readonly maxHeadSize: number;
  });

  /** Types of parts that are kept in memory as text. Not documented, the same since version 2. */
  textTypes: readonly string[];
  /** Every part so far. */
  attachmentList: unknown[];

  once(event: "end" | "close", listener: () => void): this;
  on(event: "data", listener: (part: AttachmentEvent) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  write(chunk: Uint8Array, done: () => void): boolean;
  end(): void;
  destroy(): void;

  /** Makes a node of the tree of parts. */
  createNode(node: MimeNode): PartNode;
  /** Reads the fields of one header. */
  processHeaders(
    lines: readonly { readonly key: string; readonly line: string }[],
  ): Map<string, unknown>;
  /** Handles one piece of the message. */
  processChunk(data: unknown, done: (error?: unknown) => void): void;
  /** Puts together what is to be shown. */
  getTextContent(): { readonly type: "text" };
}

/** A part whose header was read. */
export interface MimeNode {
  /** Content-Transfer-Encoding in lower case; decides how the part is decoded. */
  encoding: string | false;
}

/** A node in the tree of parts. */
export interface PartNode {
  readonly parent?: PartNode;
  readonly children: PartNode[];
}
