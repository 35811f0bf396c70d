import { createHmac } from "node:crypto";

/**
 * HMAC-MD5 (RFC 2104) of a text, both in UTF-8, as 32 hexadecimal digits in lower case. For CRAM-MD5
 * (RFC 2195) alone: nothing new should be built on MD5.
 */
export function hmacMd5(key: string, text: string): string {
  return createHmac("md5", key).update(text).digest("hex");
}
