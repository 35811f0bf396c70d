import { type Clock, type Log, messageOf, orAborted } from "../../platform/mod.ts";
import type { Dialer } from "./dialer.ts";

/** What the line is doing. */
export type LinkState = "down" | "dialling" | "up" | "hanging up";

/** The right to use the line; it stays up until this is disposed. */
export interface Lease extends Disposable {
  /** How the line came up. */
  readonly line: "always up" | "dialled" | "joined";
}

/** What a {@linkcode Link} is made of. */
export interface LinkDeps {
  readonly dialer: Dialer;
  readonly clock: Clock;
  readonly log: Log;
  /** How long the line stays up after the last lease (`link_linger`), ms. */
  readonly lingerMs: number;
}

/**
 * The line to the world: up while anyone holds a lease, down after a quiet spell. One that was up
 * already is joined and never hung up; a permanent one is neither dialled nor hung up.
 */
export class Link implements AsyncDisposable {
  readonly #deps: LinkDeps;
  readonly #listeners = new Set<(state: LinkState) => void>();
  #state: LinkState;
  #sinceMs: number;
  #leases = 0;
  /** The dialling that leases wait for, or the line it brought up. */
  #dialled: Dialled | undefined;
  /** Settled when no dialling that was given up, and no hanging up, is under way any more. */
  #down: Promise<void> = Promise.resolve();
  #linger: AbortController | undefined;

  constructor(deps: LinkDeps) {
    this.#deps = deps;
    this.#state = deps.dialer.permanent ? "up" : "down";
    this.#sinceMs = deps.clock.now();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Wall time since when the line is in this state. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** What kind of line, in words. */
  get description(): string {
    return this.#deps.dialer.description;
  }

  /** Whether the line is always there. */
  get permanent(): boolean {
    return this.#deps.dialer.permanent;
  }

  /** Calls `listener` at every change of state until disposed. */
  onChange(listener: (state: LinkState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Dials if needed and keeps the line up until the lease is disposed.
   *
   * ```ts ignore
   * using _lease = await link.hold(signal);
   * await queue.flush({}, signal);
   * ```
   *
   * @throws {LinkError} If dialling fails.
   * @throws The abort reason; dialling is given up when nobody else waits for it.
   */
  async hold(signal: AbortSignal): Promise<Lease> {
    signal.throwIfAborted();
    this.#linger?.abort();
    this.#leases++;
    try {
      return this.#lease(await this.#bringUp(signal));
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** Gives up dialling, or hangs up without lingering, and waits until the line is down. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#linger?.abort();
    if (this.#state === "up") this.#letGo();
    else this.#giveUpDialling();
    await this.#down;
  }

  async #bringUp(signal: AbortSignal): Promise<Lease["line"]> {
    if (this.permanent) return "always up";
    this.#dialled ??= this.#dial();
    return await orAborted(this.#dialled.line, signal);
  }

  #lease(line: Lease["line"]): Lease {
    let held = true;
    return {
      line,
      [Symbol.dispose]: () => {
        if (held) this.#release();
        held = false;
      },
    };
  }

  #release(): void {
    if (--this.#leases > 0 || this.permanent) return;
    if (this.#state === "up") this.#hangUpWhenQuiet();
    else this.#giveUpDialling();
  }

  #dial(): Dialled {
    const giveUp = new AbortController();
    const line = this.#dialOnce(giveUp.signal);
    line.catch(() => {}); // All who waited may have gone.
    return { line, giveUp };
  }

  async #dialOnce(signal: AbortSignal): Promise<"dialled" | "joined"> {
    const { dialer, log } = this.#deps;
    await this.#down; // Never dial while the modem is still hanging up.
    signal.throwIfAborted();
    this.#become("dialling");
    try {
      const line = await dialer.dial(signal);
      if (signal.aborted) {
        // A dialer that did not notice: a line nobody asked for costs money.
        if (line === "dialled") await this.#hangUp();
        throw signal.reason;
      }
      log.info("Line up", { how: line });
      this.#become("up");
      return line;
    } catch (error) {
      if (!signal.aborted) this.#dialled = undefined;
      this.#become("down");
      throw error;
    }
  }

  /** The next lease dials afresh, after this dialling has really ended. */
  #giveUpDialling(): void {
    const dialled = this.#dialled;
    if (dialled === undefined) return; // It has failed by itself.
    this.#dialled = undefined;
    dialled.giveUp.abort(new DOMException("Nobody waits for the line any more", "AbortError"));
    this.#down = dialled.line.then(() => {}, () => {});
  }

  #hangUpWhenQuiet(): void {
    const { clock, lingerMs } = this.#deps;
    const linger = new AbortController();
    this.#linger = linger;
    clock.sleep(lingerMs, linger.signal).then(
      () => this.#letGo(),
      () => {}, // A new lease was taken while we lingered.
    );
  }

  /** Hangs up a line we dialled; one we joined belongs to another program. */
  #letGo(): void {
    const line = this.#dialled?.line;
    this.#dialled = undefined;
    if (line === undefined) return;
    this.#down = line.then(async (how) => {
      if (how === "dialled") await this.#hangUp();
      this.#become("down");
    });
  }

  async #hangUp(): Promise<void> {
    const { dialer, log } = this.#deps;
    this.#become("hanging up");
    try {
      await dialer.hangUp();
      log.info("Line down");
    } catch (error) {
      log.error("Cannot hang up", { reason: messageOf(error) });
    }
  }

  #become(state: LinkState): void {
    this.#state = state;
    this.#sinceMs = this.#deps.clock.now();
    for (const listener of this.#listeners) listener(state);
  }
}

interface Dialled {
  readonly line: Promise<"dialled" | "joined">;
  readonly giveUp: AbortController;
}
