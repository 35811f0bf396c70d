/** Types of values about bans. */
import type { BanRule } from "../../domain/guard/mod.ts";
import type { ValueType } from "../setting.ts";
import { exactly, fields } from "./fields.ts";

const USAGE = "failures, the minutes they are counted in and the minutes of the ban, as in " +
  '"ban_auto 20 10 60", or off';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** `<failures> <minutes> <ban minutes>`, or `off`. */
export const banRule: ValueType<BanRule | undefined> = {
  syntax: "<failures> <minutes> <ban minutes>|off",
  comments: "strip",
  parse(text) {
    if (/^off$/i.test(text)) return undefined;
    const [failures, within, ban] = fields(text, exactly(3, USAGE)) as [string, string, string];
    return {
      failures: numberIn(failures, { what: "failures", max: 100_000 }),
      withinMs: numberIn(within, { what: "minutes", max: DAY_MINUTES }) * MINUTE_MS,
      banMs: numberIn(ban, { what: "minutes of the ban", max: 30 * DAY_MINUTES }) * MINUTE_MS,
    };
  },
};

function numberIn(text: string, { what, max }: { what: string; max: number }): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(value >= 1 && value <= max)) {
    throw new SyntaxError(`write the ${what} as a number from 1 to ${max}: ${USAGE}`);
  }
  return value;
}
