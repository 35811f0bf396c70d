import type { Entry } from "./entry.ts";
import type { Window } from "./window.ts";

/** Messages of one group; the oldest is at `head`. */
interface Line {
  readonly group: string;
  entries: Entry[];
  head: number;
}

/**
 * Messages that are due and not in memory yet. Each group, a domain of the world or what stays here,
 * has its turn: ten thousand for one do not delay the one for another.
 */
export class Backlog {
  readonly #groupOf: (entry: Entry) => string;
  readonly #lines = new Map<string, Line>();
  /** In the order in which it is their turn. */
  readonly #turns: Line[] = [];
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
    if (line !== undefined) {
      line.entries.push(entry);
      return;
    }
    const begun = { group, entries: [entry], head: 0 };
    this.#lines.set(group, begun);
    this.#turns.push(begun);
  }

  /** Takes the next whose group has room in `window`, where it is counted then. */
  take(window: Window): { readonly entry: Entry; readonly group: string } | undefined {
    const turn = this.#turns.findIndex(({ group }) => window.hasRoom(group));
    const [line] = turn < 0 ? [] : this.#turns.splice(turn, 1);
    const entry = line?.entries[line.head];
    if (line === undefined || entry === undefined) return undefined;
    const { group } = line;
    line.head++;
    if (line.head * 2 > line.entries.length) {
      line.entries = line.entries.slice(line.head);
      line.head = 0;
    }
    if (line.entries.length > 0) this.#turns.push(line); // At the end: the others first.
    else this.#lines.delete(group);
    entry.inBacklog = false;
    this.#length--;
    window.enter(group);
    return { entry, group };
  }
}
