import { encodeQuotedPrintable } from "../../formats/quoted_printable.ts";
import type { TextPart } from "./text_part.ts";

/**
 * A footer as it is written in a part: its lines, each with CRLF. What the part's charset has no
 * letter for is written without its accents, or as `?`.
 *
 * @returns `undefined` if nobody here knows how to write in that charset.
 */
export function footerOctets(text: string, part: TextPart): Uint8Array | undefined {
  const lines = text.replace(/(?:\r?\n|\r)+$/, "").split(/\r\n|\n|\r/);
  const written = (part.flowed ? lines.map(flowed) : lines).map((line) => `${line}\r\n`).join("");
  const charset = part.encoding === "7bit" || part.charset === "" ? "us-ascii" : part.charset;
  const octets = inCharset(written, charset);
  if (octets === undefined || part.encoding !== "quoted-printable") return octets;
  return new TextEncoder().encode(encodeQuotedPrintable(octets));
}

/** RFC 3676 sections 4.2 and 4.4: a line stands by itself, and is no quotation. */
function flowed(line: string): string {
  const fixed = /^-- ?$/.test(line) ? line : line.trimEnd();
  return /^(?: |>|From )/.test(fixed) ? ` ${fixed}` : fixed;
}

function inCharset(text: string, charset: string): Uint8Array | undefined {
  const ascii = new TextEncoder().encode(asciiOf(text));
  if (charset === "us-ascii" || charset === "ascii") return ascii;
  if (charset === "utf-8" || charset === "utf8") return new TextEncoder().encode(text);
  try {
    const decoder = new TextDecoder(charset);
    if (decoder.decode(ascii) !== asciiOf(text)) return undefined;
    return inSingleOctets(text, decoder) ?? ascii;
  } catch {
    return undefined; // A charset nobody here knows.
  }
}

/** `undefined` if the charset has not a single octet for every letter. */
function inSingleOctets(text: string, decoder: TextDecoder): Uint8Array | undefined {
  const letters = new Map<string, number>();
  for (let octet = 0; octet < 256; octet++) {
    const letter = decoder.decode(Uint8Array.of(octet));
    if ([...letter].length === 1 && letter !== "\uFFFD") letters.set(letter, octet);
  }
  const octets = Array.from(text, (letter) => letters.get(letter));
  const known = octets.filter((octet) => octet !== undefined);
  return known.length === octets.length ? Uint8Array.from(known) : undefined;
}

/** What is written in ASCII for letters that have no accent to be left out. */
const INSTEAD: Readonly<Record<string, string>> = {
  ...{ "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L" },
  ...{ "ł": "l", "€": "EUR", "£": "GBP", "©": "(c)", "®": "(R)", "™": "(TM)", "\u00a0": " " },
  ...{ "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"' },
  ...{ "–": "-", "—": "-", "•": "*", "…": "..." },
};

function asciiOf(text: string): string {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "")
    .replaceAll(/[^\0-\x7f]/gu, (letter) => INSTEAD[letter] ?? "?");
}
