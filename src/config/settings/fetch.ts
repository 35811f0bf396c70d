import { many, one, optional } from "../setting.ts";
import { duration } from "../types/measures.ts";
import { address, domain } from "../types/names.ts";
import { popAccount } from "../types/people.ts";
import { boolean, integer, word } from "../types/plain.ts";

/** POPFetch. */
export const FETCH_SETTINGS = {
  pf_user: many(popAccount, {
    about: "A mailbox at the provider to collect from. keep leaves mail there for so many days, " +
      "to gives all of it to one address, max leaves larger messages there.",
    programs: ["fetch"],
    effect: "reload",
    source: "S51",
  }),
  pf_header: optional(word("<header>"), {
    about: "Header that holds the real recipients; X-Rcpt-To and To come after it.",
    programs: ["fetch"],
    effect: "reload",
    source: "S52",
  }),
  pf_domain: optional(domain, {
    about: "Domain that is put in place of every recipient's.",
    programs: ["fetch"],
    effect: "reload",
    source: "S54",
  }),
  pf_dflt_address: optional(address, {
    about: "Who gets what finds no recipient.",
    programs: ["fetch"],
    effect: "reload",
    source: "S56",
  }),
  pf_max_duds: one(integer({ min: 1, max: 1_000_000 }), {
    default: "10",
    aliases: ["max_duds"],
    about: "POPFetch stops itself when so many messages in a row could be given to nobody.",
    programs: ["fetch"],
    effect: "reload",
    source: "S55",
  }),
  pf_retry_delay: one(duration({ unit: "s", min: 0, max: 3600 }), {
    default: "40",
    aliases: ["pf_wait"],
    about: "How long to wait before a server that could not be reached is tried once more, " +
      "because another program may still be dialling.",
    programs: ["fetch"],
    effect: "reload",
    source: "S57",
  }),
  pf_isinterval: one(boolean, {
    default: "false",
    about: "Whether ras_timer is the pause between two calls and not the time from start to start.",
    programs: ["fetch", "link"],
    effect: "reload",
    source: "S53",
  }),
} as const;
