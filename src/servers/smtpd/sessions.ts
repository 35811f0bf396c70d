import { BySource } from "./by_source.ts";
import type { Session } from "./host.ts";

/** Refused clients of one address that may take their time to leave. */
const MAX_LEAVING = 5;

/** More messages at a time nobody brings from one address but to hold sessions. */
const MAX_AT_A_TIME = 10;

/** The sessions of a server, each with its number, and how many come from where. */
export class Sessions {
  readonly #all = new Map<Session, { readonly id: number }>();
  readonly #bySource = new BySource<Session>();
  /** Those that only wait for their client to leave. They are counted, for each who connects asks. */
  readonly #leaving = new Set<Session>();
  readonly #leavingBySource = new BySource<Session>();
  #opened = 0;

  /** All of them, the oldest first. */
  get all(): ReadonlyMap<Session, { readonly id: number }> {
    return this.#all;
  }

  /** Those that are not only waiting for their client to leave. */
  get open(): number {
    return this.#all.size - this.#leaving.size;
  }

  /** The same, from one address. */
  openFrom(address: string): number {
    return this.#bySource.from(address).size - this.#leavingBySource.from(address).size;
  }

  /** All sessions from one address, the oldest first. */
  from(address: string): Iterable<Session> {
    return this.#bySource.from(address);
  }

  /** Adds one. Of those that were refused and do not leave, the first is cut off in its place. */
  add(session: Session): void {
    const { address } = session.client;
    this.#all.set(session, { id: ++this.#opened });
    this.#bySource.add(address, session);
    const leaving = this.#leavingBySource.from(address);
    const [first] = leaving;
    if (leaving.size > MAX_LEAVING) first?.destroy();
  }

  /** Notes that a session is over but for its client's leaving. */
  leave(session: Session): void {
    if (!this.#all.has(session)) return;
    this.#leaving.add(session);
    this.#leavingBySource.add(session.client.address, session);
  }

  delete(session: Session): void {
    const { address } = session.client;
    this.#all.delete(session);
    this.#bySource.delete(address, session);
    this.#leaving.delete(session);
    this.#leavingBySource.delete(address, session);
  }

  /**
   * The session to end so that a client from `address` finds room: of whoever holds most, but only
   * of one who holds more than that client would. Nobody can keep all others out by holding
   * connections. One without a message under way comes first, whoever's it is; then one whose client
   * has begun a message and is to go on with it; what is being received only of those who bring too
   * much at a time.
   *
   * @param isExempt Whose sessions are never taken.
   * @param isPreferred Whether the others make room even if they hold fewer.
   */
  toMakeRoomFor(
    address: string,
    { isExempt = () => false, isPreferred = false }: {
      readonly isExempt?: (address: string) => boolean;
      readonly isPreferred?: boolean;
    } = {},
  ): Session | undefined {
    const least = isPreferred ? 0 : this.openFrom(address) + 1;
    const holders = [...this.#bySource.groups]
      .map((group) => [...group].filter((one) => !one.isClosing && !isExempt(one.client.address)))
      .filter((group) => group.length > least)
      .sort((one, other) => other.length - one.length);
    const greedy = holders.filter((group) => group.length > MAX_AT_A_TIME);
    return holders.flat().find((one) => !one.inTransaction) ??
      holders.flat().find((one) => one.state === "waits for a command") ??
      greedy.flat().find((one) => one.state === "receives a message");
  }
}
