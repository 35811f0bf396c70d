/** An encoded word: charset, perhaps a language (RFC 2231 section 5), encoding, text. */
const WORD = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi;

/**
 * The text of a header value, its encoded words decoded (RFC 2047). White space between two of them
 * is dropped, and a character that is cut by it made whole. A word in an unknown charset stays as it
 * is written. Never throws.
 */
export function decodeWords(value: string): string {
  let text = "";
  let end = 0;
  let pending: Word | undefined;
  for (const found of value.matchAll(WORD)) {
    const between = value.slice(end, found.index);
    const word = readWord(found);
    const goesOn = pending !== undefined && /^\s*$/.test(between);
    if (goesOn && pending?.charset === word.charset) {
      pending.octets.push(...word.octets);
    } else {
      text += shown(pending) + (goesOn ? "" : between);
      pending = word;
    }
    end = found.index + found[0].length;
  }
  return text + shown(pending) + value.slice(end);
}

/** Octets in one encoded word: with them it is no longer than RFC 2047 section 2 allows. */
const MAX_WORD_OCTETS = 45;

/** Writes a header value in ASCII: as it is, or in encoded words (RFC 2047) that fold between them. */
export function encodeWords(text: string): string {
  if (!/\P{ASCII}|=\?/u.test(text)) return text;
  const encoder = new TextEncoder();
  const pieces: string[] = [];
  let piece = "";
  for (const character of text) {
    if (encoder.encode(piece + character).length > MAX_WORD_OCTETS) {
      pieces.push(piece);
      piece = "";
    }
    piece += character;
  }
  return [...pieces, piece]
    .map((one) => `=?utf-8?B?${encoder.encode(one).toBase64()}?=`).join(" ");
}

interface Word {
  readonly charset: string;
  readonly octets: Uint8Array[];
  readonly written: string;
}

function readWord([written, charset = "", encoding = "", text = ""]: RegExpExecArray): Word {
  const octets = encoding.toLowerCase() === "b" ? fromBase64(text) : fromQ(text);
  return { charset: charset.toLowerCase(), octets: [octets], written };
}

function shown(word: Word | undefined): string {
  if (word === undefined) return "";
  try {
    const decoder = new TextDecoder(word.charset);
    return word.octets.map((octets) => decoder.decode(octets, { stream: true })).join("") +
      decoder.decode();
  } catch {
    return word.written; // A charset nobody here knows.
  }
}

/** Takes what there is: a sender's sloppiness must not hide a text. */
function fromBase64(text: string): Uint8Array {
  const letters = text.replaceAll(/[^A-Za-z0-9+/]/g, "");
  return Uint8Array.fromBase64(letters.length % 4 === 1 ? letters.slice(0, -1) : letters);
}

/** RFC 2047 section 4.2. */
function fromQ(text: string): Uint8Array {
  const octets: number[] = [];
  for (const [piece, hex] of text.replaceAll("_", " ").matchAll(/=([\da-f]{2})|[^]/gi)) {
    octets.push(hex === undefined ? piece.charCodeAt(0) & 0xff : parseInt(hex, 16));
  }
  return Uint8Array.from(octets);
}
