/**
 * Messages that break mail programs, the same for the same seed.
 *
 * What is compared is the form of the wire ({@linkcode wireForm}): every line end CRLF, the last one
 * there even if it was missing. POP3 and SMTP cannot carry anything else. A bare CR inside a line is
 * kept by all of them; a CR directly before a line end is not in the corpus (decision 0006).
 *
 * @module
 */
import { MAIL_SHAPES, type MailShape } from "./mail_shapes.ts";
import { octetsOf, octetText } from "./octet_text.ts";
import { SeededRandom } from "./seeded_random.ts";

/** A message as it waits at the provider. */
export interface CorpusMessage {
  /** Message-ID without its brackets; unique. */
  readonly id: string;
  readonly shape: string;
  /** Addresses in `X-Rcpt-To`, without doubles. */
  readonly recipients: readonly string[];
  /** As it lies on the provider's disk. */
  readonly bytes: Uint8Array;
}

/** What a corpus is like. */
export interface CorpusOptions {
  readonly seed: number;
  readonly count: number;
  /** Who gets a message: one address or more. */
  readonly recipients: (shape: string, index: number, random: SeededRandom) => readonly string[];
  /** The largest message has about this many octets, the smallest 1 KiB. */
  readonly maxOctets?: number;
}

const MIN_OCTETS = 1024;
const MAX_OCTETS = 2 * 1024 * 1024;

/** Makes the messages of a seed. */
export function mailCorpus(options: CorpusOptions): CorpusMessage[] {
  const random = new SeededRandom(options.seed);
  return Array.from({ length: options.count }, (_, index) => {
    const shape = MAIL_SHAPES[index % MAIL_SHAPES.length];
    if (shape === undefined) throw new RangeError("There are no shapes");
    const id = `m${index}.${options.seed}@corpus.example`;
    const recipients = [...new Set(options.recipients(shape.name, index, random))];
    const size = sizeOf(index, options, random);
    return { id, shape: shape.name, recipients, bytes: build(shape, id, recipients, size, random) };
  });
}

/** The one change that is allowed on the way: line ends become CRLF, also a missing last one. */
export function wireForm(bytes: Uint8Array): Uint8Array {
  const text = octetText(bytes).replace(/\r?\n/g, "\r\n");
  return octetsOf(text.endsWith("\r\n") ? text : text + "\r\n");
}

/** The Message-ID of a message, without its brackets; `undefined` if its header has none. */
export function messageId(bytes: Uint8Array): string | undefined {
  const header = octetText(bytes).split(/\r?\n\r?\n/, 1)[0] ?? "";
  return /^Message-ID: <([^>]+)>/im.exec(header)?.[1];
}

/** The first messages are of every shape and small, the next one is as large as may be. */
function sizeOf(index: number, options: CorpusOptions, random: SeededRandom): number {
  const max = options.maxOctets ?? MAX_OCTETS;
  if (index < MAIL_SHAPES.length) return MIN_OCTETS;
  if (index === MAIL_SHAPES.length) return max;
  return Math.round(MIN_OCTETS * (max / MIN_OCTETS) ** (random.number() ** 6));
}

function build(
  shape: MailShape,
  id: string,
  recipients: readonly string[],
  size: number,
  random: SeededRandom,
): Uint8Array {
  const header = [
    `Message-ID: <${id}>\n`,
    "From: Ann <ann@world.example>\n",
    "To: everybody <list@world.example>\n",
    `Subject: ${shape.name}\n`,
    "Date: Fri, 20 Nov 2026 09:00:00 +0000\n",
    shape.header?.(random) ?? "",
    // Last, where a program that reads only the beginning of a header does not find it.
    `X-Rcpt-To: ${recipients.join(",\n\t")}\n`,
  ].join("");
  const text = shape.body === undefined ? header : `${header}\n${shape.body(random, size)}`;
  return octetsOf(withLineEnds(text, shape.lineEnd ?? "lf", random));
}

function withLineEnds(
  text: string,
  lineEnd: "lf" | "crlf" | "mixed",
  random: SeededRandom,
): string {
  if (lineEnd === "lf") return text;
  return text.replaceAll("\n", () => lineEnd === "crlf" || random.upTo(2) === 0 ? "\r\n" : "\n");
}
