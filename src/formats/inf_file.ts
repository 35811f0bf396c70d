/** What a user's `_inf` file says (F4). */
export interface Inf {
  /** The user's own quota, in octets; absent if the file has no `quota` line. */
  readonly quotaOctets?: number;
}

/**
 * Reads an `_inf` file: lines of a word and a number, as `quota 10000000`. Lines with other words,
 * and a second `quota`, are left alone (000:1903-1908).
 *
 * @throws {SyntaxError} If what stands behind `quota` is no number of octets.
 */
export function parseInf(text: string): Inf {
  const quota = /^[ \t]*quota(?:[ \t]+(.*?))?[ \t]*\r?$/im.exec(text);
  if (quota === null) return {};
  const octets = quota[1] ?? "";
  if (!/^\d{1,15}$/.test(octets)) {
    throw new SyntaxError(
      `Quota is ${JSON.stringify(octets)}, expected a number of octets as in "quota 10000000"`,
    );
  }
  return { quotaOctets: Number(octets) };
}
