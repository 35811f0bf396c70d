import { Buffer } from "node:buffer";

/** Octets of a text that has one octet a character (codes up to 255). */
export function octetsOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Reverses {@linkcode octetsOf}. Not `TextDecoder("latin1")`: that one is windows-1252, and changes
 * the octets from 0x80 to 0x9f.
 */
export function octetText(...chunks: readonly Uint8Array[]): string {
  return chunks.map((chunk) => Buffer.from(chunk).toString("latin1")).join("");
}
