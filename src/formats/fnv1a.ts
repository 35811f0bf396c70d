const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The 32-bit FNV-1a hash of a text, over its code units: that of its octets where it has one
 * character an octet. It must never change: names of directories and checksums on disk depend on it.
 *
 * @param before The hash of what stands before, to hash a text in pieces.
 */
export function fnv1a(text: string, before = OFFSET_BASIS): number {
  let hash = before;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash >>> 0;
}
