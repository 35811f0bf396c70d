import { sourceOf } from "../../domain/guard/mod.ts";
import type { Session } from "./host.ts";

/** Refused clients of one address that may take their time to leave. */
const MAX_LEAVING = 5;

/** The sessions of a server, each with its number, and how many come from where. */
export class Sessions {
  readonly #all = new Map<Session, { readonly id: number; readonly source: string }>();
  readonly #bySource = new Map<string, Set<Session>>();
  #opened = 0;

  /** All of them, the oldest first. */
  get all(): ReadonlyMap<Session, { readonly id: number }> {
    return this.#all;
  }

  /** Those that are not only waiting for their client to leave. */
  get open(): number {
    return countOpen(this.#all.keys());
  }

  /** The same, from one address. */
  openFrom(address: string): number {
    return countOpen(this.from(address));
  }

  /** All sessions from one address, the oldest first. */
  from(address: string): Iterable<Session> {
    return this.#bySource.get(sourceOf(address)) ?? [];
  }

  /** Adds one. Of those that were refused and do not leave, the first is cut off in its place. */
  add(session: Session): void {
    const source = sourceOf(session.client.address);
    this.#all.set(session, { id: ++this.#opened, source });
    const siblings = this.#bySource.get(source) ?? new Set();
    this.#bySource.set(source, siblings.add(session));
    const leaving = [...siblings].filter((one) => one.isClosing);
    if (leaving.length > MAX_LEAVING) leaving[0]!.destroy();
  }

  delete(session: Session): void {
    const source = this.#all.get(session)?.source;
    if (source === undefined) return;
    this.#all.delete(session);
    const siblings = this.#bySource.get(source);
    siblings?.delete(session);
    if (siblings?.size === 0) this.#bySource.delete(source);
  }

  /**
   * The session to end so that a client from `address` finds room: one without a message under way,
   * of whoever holds most, but only of one who holds more than that client would. Nobody can keep
   * all others out by holding connections.
   */
  toMakeRoomFor(address: string): Session | undefined {
    const least = this.openFrom(address) + 1;
    let most: Session[] = [];
    for (const siblings of this.#bySource.values()) {
      const open = [...siblings].filter((one) => !one.isClosing);
      if (open.length > Math.max(least, most.length)) most = open;
    }
    return most.find((one) => !one.inTransaction);
  }
}

function countOpen(sessions: Iterable<Session>): number {
  let count = 0;
  for (const session of sessions) if (!session.isClosing) count++;
  return count;
}
