import type { Ban } from "../../domain/guard/mod.ts";
import { type FilterTest, formatFilterTest } from "../../formats/filter_file.ts";
import { span, table } from "../../formats/words.ts";
import { EXIT } from "../command.ts";
import { channelsTable } from "../channels_view.ts";
import type { ControlCommands } from "./command.ts";

/** Who is connected, who is kept out, what is refused. */
export const POLICY_COMMANDS: ControlCommands = {
  async showchans({ appliance, text }) {
    await text(channelsTable(appliance.channels()));
    return EXIT.done;
  },

  async filters({ appliance, text }) {
    const { filterRules } = appliance.config.content;
    if (filterRules.length === 0) await text("There are no filters: msg_filter names their file");
    else await text(table(filterRules.map(({ number, test }) => [`${number}`, shown(test)])));
    return EXIT.done;
  },

  async bans({ appliance, text }) {
    const bans = appliance.core.guard.bans.list();
    await text(bans.length === 0 ? "Nobody is banned" : bansTable(bans, appliance));
    return EXIT.done;
  },

  async unban({ appliance, args: [address = ""], text }) {
    const lifted = appliance.core.guard.bans.lift(address);
    await text(lifted ? `${address} is no longer banned` : `${address} is not banned`);
    return lifted ? EXIT.done : EXIT.failed;
  },
};

/** A rule as it can be written, on one line. */
function shown(test: FilterTest): string {
  return formatFilterTest(test).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}

function bansTable(
  bans: readonly Ban[],
  { world: { clock } }: { readonly world: { readonly clock: { now(): number } } },
): string {
  const nowMs = clock.now();
  const rows = bans.map(({ address, offence, sinceMs, untilMs }) => [
    address,
    offence,
    `${span(Math.max(0, nowMs - sinceMs))} ago`,
    `in ${span(Math.max(0, untilMs - nowMs))}`,
  ]);
  return table([["ADDRESS", "FOR", "BANNED", "ENDS"], ...rows]);
}
