const EACH_OCTET = 0x01010101;
const TOP_BITS = 0x80808080;
const NO_WORDS = new Int32Array(0);

/**
 * All places of an octet, in order.
 *
 * Looks at four octets at a time: where the octet is in each line, an indexOf() for each takes twice
 * as long, and mail is searched for its line ends several times on its way.
 */
export function placesOf(octet: number, bytes: Uint8Array): number[] {
  const { buffer, byteOffset, length } = bytes;
  const places: number[] = [];
  let at = 0;
  const wordsAt = -byteOffset & 3; // Words begin at multiples of four.
  const words = length < wordsAt + 4
    ? NO_WORDS
    : new Int32Array(buffer, byteOffset + wordsAt, (length - wordsAt) >> 2);
  for (; at < wordsAt && at < length; at++) if (bytes[at] === octet) places.push(at);
  const pattern = Math.imul(octet, EACH_OCTET);
  for (let index = 0; index < words.length; index++, at += 4) {
    // An octet of it is zero where the one looked for is: only then the result is not zero.
    const word = words[index]! ^ pattern;
    if (((word - EACH_OCTET) & ~word & TOP_BITS) === 0) continue;
    for (let place = at; place < at + 4; place++) if (bytes[place] === octet) places.push(place);
  }
  for (; at < length; at++) if (bytes[at] === octet) places.push(at);
  return places;
}
