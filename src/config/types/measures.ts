/** Types of values with a unit: sizes in octets, spans of time in milliseconds. */
import type { ValueType } from "../setting.ts";

const SIZE_UNITS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kb: 1024,
  m: 1024 ** 2,
  mb: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1024 ** 3,
};

const TIME_UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The unit a plain number is in. */
export type TimeUnit = "s" | "m" | "h" | "d";

const UNIT_NAMES: Readonly<Record<TimeUnit, string>> = {
  s: "seconds",
  m: "minutes",
  h: "hours",
  d: "days",
};

/**
 * A size in octets: `40k`, `1MB`, or a plain number (1024 octets to the k). `unit` is what a plain
 * number counts, for the settings that the original counts in kB or MB.
 */
export function size(
  { unit = "b", min = 0, max = Number.MAX_SAFE_INTEGER }: {
    unit?: "b" | "kb" | "mb";
    min?: number;
    max?: number;
  } = {},
): ValueType<number> {
  return {
    syntax: unit === "b" ? "<size>" : `<${unit === "kb" ? "kB" : "MB"}>`,
    comments: "strip",
    parse(text) {
      const octets = parseSize(text, unit);
      if (octets === undefined) throw new SyntaxError("write a size as in 40k, 1MB or 2000000");
      if (octets < min || octets > max) {
        throw new SyntaxError(`write a size from ${min} to ${max} octets, as in 40k or 1MB`);
      }
      return octets;
    },
  };
}

/** Octets of `40k`, `1MB` or a plain number; `undefined` if it is no size. */
export function parseSize(text: string, plainUnit: "b" | "kb" | "mb" = "b"): number | undefined {
  const found = /^(\d{1,12}(?:\.\d{1,3})?)\s?([kmg]?b?)$/i.exec(text);
  if (!found) return undefined;
  const unit = SIZE_UNITS[(found[2] || plainUnit).toLowerCase()]!; // The pattern knows no other.
  const octets = Math.round(Number(found[1]) * unit);
  return Number.isSafeInteger(octets) ? octets : undefined;
}

/** A span of time in ms. A plain number is in `unit`; `90s`, `30m`, `2h` and `7d` name their own. */
export function duration(
  { unit, min, max }: { unit: TimeUnit; min: number; max: number },
): ValueType<number> {
  const name = UNIT_NAMES[unit];
  return {
    syntax: `<${name}>`,
    comments: "strip",
    parse(text) {
      const found = /^(\d{1,9})\s?(ms|s|min|m|h|d)?$/i.exec(text);
      const ms = found
        ? Number(found[1]) * (TIME_UNITS_MS[(found[2] ?? unit).toLowerCase()] ?? NaN)
        : NaN;
      const unitMs = TIME_UNITS_MS[unit]!; // Every TimeUnit is in the table.
      if (!(ms >= min * unitMs && ms <= max * unitMs)) {
        throw new SyntaxError(`write a number of ${name} from ${min} to ${max}`);
      }
      return ms;
    },
  };
}
