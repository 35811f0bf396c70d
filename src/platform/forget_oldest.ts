/** What remembers things in the order in which they were put in: a `Map` or a `Set`. */
interface Remembered<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): boolean;
}

/**
 * Makes room in a table that strangers fill: forgets what was put in first, until `most` are left.
 * Whoever takes an entry out and puts it in again has the least recently used one in front.
 */
export function forgetOldest<Key>(remembered: Remembered<Key>, most: number): void {
  for (const oldest of remembered.keys()) {
    if (remembered.size <= most) return;
    remembered.delete(oldest);
  }
}
