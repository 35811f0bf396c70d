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
  return places(bytes, { flipped: octet, below: 1 });
}

/** All places of octets below a limit, 128 at most, in order. */
export function placesBelow(limit: number, bytes: Uint8Array): number[] {
  return places(bytes, { flipped: 0, below: limit });
}

/** Where octets are below a limit once some of their bits are flipped. */
function places(
  bytes: Uint8Array,
  { flipped, below }: { readonly flipped: number; readonly below: number },
): number[] {
  const { buffer, byteOffset, length } = bytes;
  const found: number[] = [];
  let at = 0;
  const wordsAt = -byteOffset & 3; // Words begin at multiples of four.
  const words = length < wordsAt + 4
    ? NO_WORDS
    : new Int32Array(buffer, byteOffset + wordsAt, (length - wordsAt) >> 2);
  for (; at < wordsAt && at < length; at++) if ((bytes[at]! ^ flipped) < below) found.push(at);
  const flippedWord = Math.imul(flipped, EACH_OCTET);
  const belowWord = Math.imul(below, EACH_OCTET);
  for (let index = 0; index < words.length; index++, at += 4) {
    // The top bit of an octet of 0 to 127 is set by the subtraction only if one is below.
    const word = words[index]! ^ flippedWord;
    if (((word - belowWord) & ~word & TOP_BITS) === 0) continue;
    for (let place = at; place < at + 4; place++) {
      if ((bytes[place]! ^ flipped) < below) found.push(place);
    }
  }
  for (; at < length; at++) if ((bytes[at]! ^ flipped) < below) found.push(at);
  return found;
}
