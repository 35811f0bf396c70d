import { octetText } from "./octet_text.ts";
import type { SeededRandom } from "./seeded_random.ts";

/**
 * A kind of message that has broken mail programs. Texts hold one octet a character and end their
 * lines with LF; `lineEnd` says how they are put on the disk.
 */
export interface MailShape {
  readonly name: string;
  /** Header lines beyond the ordinary ones, each with its LF. */
  readonly header?: (random: SeededRandom) => string;
  /** Stands behind the empty line; `undefined` if there is not even that. */
  readonly body: ((random: SeededRandom, octets: number) => string) | undefined;
  /** Mixed: some lines end with CRLF, some with a bare LF. */
  readonly lineEnd?: "lf" | "crlf" | "mixed";
}

const WORDS = "line mail office ferry island clinic weather order chess harbour north pharmacy"
  .split(" ");

/** Lines longer than fetchmail's buffer. */
export const VERY_LONG_LINES = "very long lines";

/** Not plain text. */
export const MULTIPART = "multipart";

/** Ends with a lone dot. */
export const NOTHING_BUT_DOTS = "nothing but dots";

/** Ends with the empty line behind the header. */
export const EMPTY_BODY = "empty body";

/** Ends with the header. */
export const NO_BODY = "no body at all";

/** Every shape, each at least once in a corpus of as many messages. */
export const MAIL_SHAPES: readonly MailShape[] = [
  { name: "plain text", body: prose },
  { name: "CRLF on the disk", body: prose, lineEnd: "crlf" },
  { name: "mixed line ends", body: prose, lineEnd: "mixed" },
  {
    name: "8-bit body",
    body: (random, octets) => fill(octets, () => text(random, 70, 0x80, 0x100) + "\n"),
  },
  {
    name: "long lines",
    body: (random, octets) =>
      linesOf([998, 999, 1000, 2047, 2048, 4096], random) + prose(random, octets),
  },
  {
    name: VERY_LONG_LINES,
    body: (random, octets) =>
      linesOf([8191, 8192, 8193, 16_384, 70_000], random) + prose(random, octets),
  },
  {
    name: "lines that begin with dots",
    body: (random, octets) =>
      fill(octets, () => ".".repeat(1 + random.upTo(3)) + text(random, random.upTo(40)) + "\n"),
  },
  {
    name: NOTHING_BUT_DOTS,
    body: (random, octets) => fill(octets, () => ".".repeat(random.upTo(80)) + "\n") + "..\n.\n",
  },
  {
    name: "From_ lines",
    body: (random, octets) =>
      "From the first line on\n" +
      fill(octets, () => `${random.pick(FROM_LINES)}\n${prose(random, 60)}`) +
      "\nFrom MAILER-DAEMON Fri Jul  8 12:08:34 2011\n",
  },
  {
    name: "bare CR",
    body: (random, octets) =>
      fill(octets, () => `${text(random, 10)}\r${text(random, 10)}\r\r${text(random, 3)}\n`),
  },
  {
    name: "NUL octets",
    body: (random, octets) => fill(octets, () => `\0${text(random, 20)}\0\0 \0\n`),
  },
  {
    name: "huge header",
    header: (random) =>
      "X-Folded: begin\n" + fill(60_000, () => `\t${text(random, 70)}\n`) +
      fill(40_000, () => `X-Hop: ${text(random, 900)}\n`),
    body: prose,
  },
  {
    name: "UTF-8 header",
    header: () => utf8("Comments: Väinö Mäkelä → Łódź ☂ 漢字\nX-Größe: groß\n"),
    body: (_random, octets) => utf8(fill(octets, () => "Hyvää päivää ☂\n")),
  },
  {
    name: "fields of mailbox programs",
    header: () =>
      "Status: RO\nX-Status: A\nX-UIDL: 0123456789abcdef\nContent-Length: 5\nLines: 1\n",
    body: prose,
  },
  {
    name: "broken header",
    header: () => "This line has no colon\nX-Space : before the colon\nX-Empty:\n",
    body: prose,
  },
  { name: MULTIPART, header: () => MULTIPART_HEADER, body: multipart },
  { name: EMPTY_BODY, body: () => "" },
  { name: NO_BODY, body: undefined },
  { name: "no final newline", body: (random, octets) => prose(random, octets) + "The end" },
  {
    name: "nothing but white space",
    body: (random, octets) =>
      fill(octets, () => random.pick(["", " ", "\t", "   \t "]) + "\n") + " \n\n\n",
  },
  { name: "empty lines at both ends", body: (random, n) => "\n\n\n" + prose(random, n) + "\n\n\n" },
];

const FROM_LINES = [
  "From ",
  "From here to there",
  ">From one",
  ">>From two",
  ">>>>>From many",
  "from below",
  "FROM above",
  " From behind a space",
  "From: not a header",
  "\nFrom ann@example.com Sat Jan  3 01:05:34 1998",
  "> From quoted",
];

const MULTIPART_HEADER = "MIME-Version: 1.0\n" +
  'Content-Type: multipart/mixed; boundary="=_part"\n';

function multipart(random: SeededRandom, octets: number): string {
  const encoded = fill(octets, () => btoa(text(random, 57, 0, 0x100)) + "\n");
  return "For programs that know no MIME.\n--=_part\nContent-Type: text/plain\n\n" +
    `${prose(random, 200)}\n--=_part\nContent-Type: application/octet-stream\n` +
    `Content-Transfer-Encoding: base64\n\n${encoded}\n--=_part--\nAnd good night.\n`;
}

function linesOf(lengths: readonly number[], random: SeededRandom): string {
  return lengths.map((length) => text(random, length, 0x21, 0x7f) + "\n").join("");
}

function prose(random: SeededRandom, octets: number): string {
  return fill(octets, () => {
    const words = Array.from({ length: 3 + random.upTo(9) }, () => random.pick(WORDS));
    return words.join(" ") + "\n";
  });
}

/** Whole lines until `octets` are reached; past 64 KiB they repeat, to be made fast. */
function fill(octets: number, line: () => string): string {
  const block: string[] = [];
  let length = 0;
  while (length < Math.min(octets, 64 * 1024)) {
    const next = line();
    block.push(next);
    length += next.length;
  }
  return block.join("").repeat(Math.max(1, Math.round(octets / Math.max(length, 1))));
}

/**
 * Random characters with codes from `from` up to, not including, `end`; printable by default. There
 * is no backslash among them: swaks reads `\n` in a message as a line end.
 */
function text(random: SeededRandom, length: number, from = 0x20, end = 0x7f): string {
  let result = "";
  for (let i = 0; i < length; i++) result += String.fromCharCode(from + random.upTo(end - from));
  return result.replaceAll("\\", "/");
}

/** A text as its UTF-8 octets, one a character. */
function utf8(value: string): string {
  return octetText(new TextEncoder().encode(value));
}
