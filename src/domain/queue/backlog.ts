import type { Entry } from "./entry.ts";
import type { Window } from "./window.ts";

/** Messages of one group; the oldest is at `head`. */
interface Line {
  entries: Entry[];
  head: number;
}

/**
 * Messages that are due and not in memory yet. Each group, a domain of the world or what stays here,
 * has its turn: ten thousand for one do not delay the one for another.
 */
export class Backlog {
  readonly #groupOf: (entry: Entry) => string;
  /** In the order in which it is their turn. */
  readonly #lines = new Map<string, Line>();
  #length = 0;

  constructor(groupOf: (entry: Entry) => string) {
    this.#groupOf = groupOf;
  }

  get length(): number {
    return this.#length;
  }

  /** Lets a message wait for its turn, once. */
  add(entry: Entry): void {
    if (entry.inBacklog) return;
    entry.inBacklog = true;
    this.#length++;
    const group = this.#groupOf(entry);
    const line = this.#lines.get(group);
    if (line === undefined) this.#lines.set(group, { entries: [entry], head: 0 });
    else line.entries.push(entry);
  }

  /** Takes the next whose group has room in `window`, where it is counted then. */
  take(window: Window): { readonly entry: Entry; readonly group: string } | undefined {
    for (const [group, line] of this.#lines) {
      if (!window.hasRoom(group)) continue;
      const entry = line.entries[line.head];
      this.#lines.delete(group);
      if (entry === undefined) continue;
      line.head++;
      if (line.head * 2 > line.entries.length) {
        line.entries = line.entries.slice(line.head);
        line.head = 0;
      }
      if (line.entries.length > 0) this.#lines.set(group, line); // At the end: the others first.
      entry.inBacklog = false;
      this.#length--;
      window.enter(group);
      return { entry, group };
    }
    return undefined;
  }
}
