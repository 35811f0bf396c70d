import { matchesEverybody } from "../../formats/ip_list.ts";
import type { Facts } from "./facts.ts";

/** Limits and bans must mean those whom the administrator had in mind. */
export function limits({ values, report }: Facts): void {
  if (values.hide_auth !== undefined && values.pop_before_smtp === undefined) {
    const usage = "write pop_before_smtp and a number of minutes too";
    report("warning", "hide_auth", `hide_auth: no login is remembered; ${usage}`);
  }
  for (const [index, list] of values.ban_ip.entries()) {
    if (!list.some((element) => element.kind !== "range" && element.negated)) continue;
    const usage = "write those who are not meant in ban_ip_except";
    const text = `ban_ip: one element is enough, so ! bans everybody but one; ${usage}`;
    report("warning", "ban_ip", text, index);
  }
  const free = values.fromip_nolimit.findIndex(matchesEverybody);
  if (free >= 0) {
    const usage = "write the addresses that you trust";
    const text = `fromip_nolimit: everybody is free of every limit and ban; ${usage}`;
    report("warning", "fromip_nolimit", text, free);
  }
}
