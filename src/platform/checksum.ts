import { createHash } from "node:crypto";
import { crc32 as zlibCrc32 } from "node:zlib";

/**
 * The CRC-32 of `bytes` (ISO-HDLC, as in zip and PNG): finds torn and damaged records, proves
 * nothing about who wrote them.
 *
 * @param before The checksum of what stands before them.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  return zlibCrc32(bytes, before);
}

/** The SHA-256 of a few KiB, at once: a promise would cost more than the digest. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash("sha256").update(bytes).digest();
}
