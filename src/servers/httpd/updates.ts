import { Changes, type Clock, type Log } from "../../platform/mod.ts";
import type { StatusSource } from "./mod.ts";

/** How often the page is drawn anew when nothing happens: its times go on, and it shows that it lives. */
const BEAT_MS = 15_000;

/**
 * Draws the page anew when something has changed, once for all who look at it, and only if
 * somebody does.
 */
export class Updates<Drawing> {
  readonly #draw: () => Promise<Drawing>;
  readonly #changes = new Changes();
  #latest: { readonly version: number; readonly drawing: Promise<Drawing> } | undefined;

  constructor(draw: () => Promise<Drawing>) {
    this.#draw = draw;
  }

  /** Follows `source` and the clock until `signal` is aborted. */
  async run(
    { source, clock, log }: {
      readonly source: Pick<StatusSource, "changes">;
      readonly clock: Clock;
      readonly log: Log;
    },
    signal: AbortSignal,
  ): Promise<void> {
    await Promise.all([this.#followSource(source, log, signal), this.#beat(clock, signal)]);
  }

  /**
   * The latest drawing, at once and after each change. A slow reader misses those in between.
   * Ends with `signal`.
   *
   * @throws What drawing threw.
   */
  async *follow(signal: AbortSignal): AsyncGenerator<Drawing, void> {
    let seen: number | undefined;
    while (!signal.aborted) {
      if (seen === this.#changes.version) {
        await this.#changes.next(signal);
      } else {
        seen = this.#changes.version;
        yield await this.#drawing();
      }
    }
  }

  /** Says that something has changed: who follows gets a new drawing. */
  change(): void {
    this.#changes.notify();
  }

  async #drawing(): Promise<Drawing> {
    if (this.#latest?.version !== this.#changes.version) {
      this.#latest = { version: this.#changes.version, drawing: this.#draw() };
    }
    try {
      return await this.#latest.drawing;
    } catch (error) {
      this.#latest = undefined; // The next reader tries again.
      throw error;
    }
  }

  async #followSource(
    source: Pick<StatusSource, "changes">,
    log: Log,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const _ of source.changes(signal)) this.change();
    } catch (error) {
      // The beat goes on: the page is then up to date within seconds, not at once.
      if (!signal.aborted) log.error("Cannot follow changes any more", { error: String(error) });
    }
  }

  async #beat(clock: Clock, signal: AbortSignal): Promise<void> {
    try {
      while (true) {
        await clock.sleep(BEAT_MS, signal);
        this.change();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
