/** Octets of text in one encoded word: with its frame it has 75 characters (RFC 2047 section 2). */
const MAX_WORD_OCTETS = 45;

/** A display name as a header may hold it: in encoded words if it is beyond ASCII (RFC 2047). */
export function encodedName(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  const words: string[] = [];
  let word = new Uint8Array(0);
  for (const character of name.toWellFormed()) {
    const octets = new TextEncoder().encode(character);
    if (word.length + octets.length > MAX_WORD_OCTETS) {
      words.push(encodedWord(word));
      word = new Uint8Array(0);
    }
    word = Uint8Array.from([...word, ...octets]);
  }
  return [...words, encodedWord(word)].join(" ");
}

function encodedWord(octets: Uint8Array): string {
  return `=?UTF-8?B?${octets.toBase64()}?=`;
}
