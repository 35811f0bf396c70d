import { type Html, markup } from "./markup.ts";
import { ago, ahead } from "../../../formats/words.ts";

/** When a page is drawn, and how its reader writes times. */
export interface Moment {
  readonly nowMs: number;
  readonly local: LocalTime;
}

/** Writes points in time as the clock on the office wall shows them. */
export class LocalTime {
  readonly #full: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #seconds: Intl.DateTimeFormat;
  readonly #minutes: Intl.DateTimeFormat;

  /**
   * @param timeZone Such as `Europe/Oslo`; the machine's own if absent.
   * @throws {RangeError} If there is no such zone.
   */
  constructor(timeZone?: string) {
    const format = (fields: Intl.DateTimeFormatOptions) =>
      new Intl.DateTimeFormat("en-GB", { ...fields, ...(timeZone ? { timeZone } : {}) });
    const minutes = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    const day = { day: "numeric", month: "short", year: "numeric" } as const;
    this.#full = format({ ...day, weekday: "short", ...minutes, second: "2-digit" });
    this.#day = format(day);
    this.#seconds = format({ ...minutes, second: "2-digit" });
    this.#minutes = format(minutes);
  }

  /** "Fri, 20 Nov 2026, 14:15:02". */
  full(ms: number): string {
    return this.#full.format(ms);
  }

  /** "20 Nov 2026". */
  day(ms: number): string {
    return this.#day.format(ms);
  }

  /** "14:15:02". */
  seconds(ms: number): string {
    return this.#seconds.format(ms);
  }

  /** "14:15". */
  minutes(ms: number): string {
    return this.#minutes.format(ms);
  }
}

/** "4 min ago", with the exact time behind it. */
export function timeAgo(atMs: number, moment: Moment): Html {
  return exactly(atMs, ago(moment.nowMs - atMs), moment);
}

/** "in 12 min", with the exact time behind it. */
export function timeAhead(atMs: number, moment: Moment): Html {
  return exactly(atMs, ahead(atMs - moment.nowMs), moment);
}

/** `text` with the exact time behind it: for machines in `datetime`, for people in `title`. */
export function exactly(atMs: number, text: string, { local }: Moment): Html {
  const iso = new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");
  return markup`<time datetime="${iso}" title="${local.full(atMs)}">${text}</time>`;
}
