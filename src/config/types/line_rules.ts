/** Types of rules about the line: when it may be used, what it costs, how much of it may be used. */
import type { ValueType } from "../setting.ts";
import { fields } from "./fields.ts";
import { parseSize } from "./measures.ts";

/** Some hours of some days of the week, in local time. */
export interface TimeWindow {
  /** 0 is Sunday. */
  readonly days: readonly number[];
  /** Minutes since midnight; a window that ends before it begins ends on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
}

/** What the line costs; without a window, at all other times. */
export interface Tariff {
  readonly price: number;
  readonly per: "minute" | "megabyte" | "call";
  readonly window: TimeWindow | undefined;
}

/** How much of the line may be used in a period. */
export interface LineCap {
  readonly limit:
    | { readonly kind: "octets"; readonly octets: number }
    | { readonly kind: "time"; readonly ms: number };
  readonly per: "hour" | "day" | "week" | "month";
}

const DAY_NAMES = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;
const WINDOW_USAGE = 'days and hours, as in "Mon-Fri 08:00-18:00" or "daily 22:00-06:00"';
const MINUTE_MS = 60_000;

/** `<days> <from>-<to>`. */
export const timeWindow: ValueType<TimeWindow> = {
  syntax: "<days> <hh:mm>-<hh:mm>",
  comments: "strip",
  parse(text) {
    const words = fields(text, { min: 2, max: 2, usage: WINDOW_USAGE, commentFrom: 2 });
    return parseWindow(words[0]!, words[1]!);
  },
};

/** `<price>/<min|MB|call> [<days> <from>-<to>]`. */
export const tariff: ValueType<Tariff> = {
  syntax: "<price>/min|MB|call [<days> <hh:mm>-<hh:mm>]",
  comments: "strip",
  parse(text) {
    const usage =
      'a price, as in "link_tariff 0.04/min Mon-Fri 08:00-18:00" or "link_tariff 0.50/MB"';
    const words = fields(text, { min: 1, max: 3, usage, commentFrom: 3 });
    const [rate, days, hours] = words as [string, string | undefined, string | undefined];
    const found = /^(\d{1,9}(?:\.\d{1,6})?)\/(min|mb|call)$/i.exec(rate);
    if (!found || (days !== undefined && hours === undefined)) {
      throw new SyntaxError(`write ${usage}`);
    }
    const per = ({ min: "minute", mb: "megabyte", call: "call" } as const)[
      found[2]!.toLowerCase() as "min" | "mb" | "call"
    ];
    const window = days !== undefined && hours !== undefined ? parseWindow(days, hours) : undefined;
    return { price: Number(found[1]), per, window };
  },
};

/** `<size or minutes>/<period>`. */
export const lineCap: ValueType<LineCap> = {
  syntax: "<size|minutes>/hour|day|week|month",
  comments: "strip",
  parse(text) {
    const found = /^(.+)\/(hour|day|week|month)$/i.exec(text);
    const limit = parseLimit(found?.[1] ?? "");
    if (!found || limit === undefined) {
      throw new SyntaxError(
        'write how much and how often, as in "link_cap 20MB/day" or "link_cap 60min/week"',
      );
    }
    return { limit, per: found[2]!.toLowerCase() as LineCap["per"] }; // The pattern knows no other.
  },
};

function parseLimit(text: string): LineCap["limit"] | undefined {
  const minutes = /^(\d{1,6})min$/i.exec(text);
  if (minutes) return { kind: "time", ms: Number(minutes[1]) * MINUTE_MS };
  const octets = parseSize(text);
  return octets === undefined ? undefined : { kind: "octets", octets };
}

function parseWindow(days: string, hours: string): TimeWindow {
  const found = /^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$/.exec(hours);
  const from = parseTime(found?.[1] ?? "");
  const to = parseTime(found?.[2] ?? "");
  const list = parseDays(days.toLowerCase());
  if (from === undefined || to === undefined || from === to || list === undefined) {
    throw new SyntaxError(`write ${WINDOW_USAGE}`);
  }
  return { days: list, fromMinute: from, toMinute: to };
}

function parseTime(text: string): number | undefined {
  const [hour, minute] = text.split(":").map(Number) as [number, number | undefined];
  if (minute === undefined || minute > 59 || hour * 60 + minute > 24 * 60) return undefined;
  return hour * 60 + minute;
}

function parseDays(text: string): readonly number[] | undefined {
  if (text === "daily") return [0, 1, 2, 3, 4, 5, 6];
  const days = new Set<number>();
  for (const part of text.split(",")) {
    const [from, to = from, extra] = part.split("-").map((name) =>
      DAY_NAMES.findIndex((known) => known === name)
    );
    if (from === undefined || to === undefined || from < 0 || to < 0 || extra !== undefined) {
      return undefined;
    }
    for (let day = from; day !== to; day = (day + 1) % 7) days.add(day);
    days.add(to);
  }
  return [...days].sort((a, b) => a - b);
}
