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
