import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { Log } from "../../platform/mod.ts";
import type { Updates } from "./updates.ts";
import type { SectionId } from "./views/sections.ts";

/** What the event stream sends: every section as HTML text, and when it was drawn, in words. */
export interface Drawing {
  readonly at: string;
  readonly sections: ReadonlyMap<SectionId, string>;
}

/** How many may watch at the same time; each holds a connection and the text it was sent. */
const MAX_WATCHERS = 64;

/**
 * The page's event stream (HTML standard, "Server-sent events"): one event a section that changed,
 * named by its id, and after them `at`, which also comes when nothing changed.
 */
export class EventStreams {
  readonly #updates: Pick<Updates<Drawing>, "follow" | "change">;
  readonly #log: Log;
  readonly #signal: AbortSignal;
  #watchers = 0;

  constructor(
    { updates, log, signal }: {
      readonly updates: Pick<Updates<Drawing>, "follow" | "change">;
      readonly log: Log;
      readonly signal: AbortSignal;
    },
  ) {
    this.#updates = updates;
    this.#log = log;
    this.#signal = signal;
  }

  /** How many watch now. One who has left counts until the next event cannot be sent. */
  get watchers(): number {
    return this.#watchers;
  }

  /** Opens a stream; `undefined` if too many watch already. */
  open(c: Context): Response | undefined {
    if (this.#watchers >= MAX_WATCHERS) return undefined;
    this.#count(1);
    return streamSSE(c, async (stream) => {
      try {
        await this.#feed(stream);
      } catch (error) {
        // Not to the watcher: the text may name a path. The browser comes back in a few seconds.
        this.#log.error("Cannot draw the status page", { error: String(error) });
      } finally {
        this.#count(-1);
      }
    });
  }

  /** The page itself shows how many watch it. */
  #count(change: 1 | -1): void {
    this.#watchers += change;
    this.#updates.change();
  }

  async #feed(stream: SSEStreamingApi): Promise<void> {
    const left = new AbortController();
    stream.onAbort(() => left.abort());
    const signal = AbortSignal.any([left.signal, this.#signal]);
    const sent = new Map<SectionId, string>();
    for await (const { at, sections } of this.#updates.follow(signal)) {
      for (const [id, data] of sections) {
        if (sent.get(id) === data) continue;
        await stream.writeSSE({ event: id, data });
        sent.set(id, data);
      }
      await stream.writeSSE({ event: "at", data: at });
    }
  }
}
