import { one, optional } from "../setting.ts";
import { size } from "../types/measures.ts";
import { path, relativePath } from "../types/names.ts";
import { boolean, choice } from "../types/plain.ts";

/** What is written down about the work. */
export const LOG_SETTINGS = {
  log_path: optional(path, {
    about: "Directory of the logs: dsmtp.log, dpop.log, popfetch.log, dmail.log.",
    programs: ["all"],
    effect: "reload",
    source: "S44",
    defaultNote: "work_path",
  }),
  log_level: one(choice("error", "warn", "info", "debug"), {
    default: "info",
    about: "How much is logged; each level includes the ones before it.",
    programs: ["all"],
    effect: "reload",
    source: "S45",
  }),
  log_size: one(size({ min: 10_000, max: 1024 ** 3 }), {
    default: "1MB",
    about: "Size at which a log is put aside as dsmtp1.log; four old ones are kept.",
    programs: ["all"],
    effect: "reload",
    source: "ours",
  }),
  log_chain: one(boolean, {
    default: "false",
    about:
      'Whether each step of a recipient chain is logged, with the word "chain", at log_level ' +
      "debug: at RCPT, and again at each delivery. dmail explain tells the same.",
    programs: ["smtp"],
    effect: "reload",
    source: "S14",
  }),
  log_data: one(boolean, {
    default: "false",
    about: "Whether the text of messages is logged too, for finding faults.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  stats_path: optional(relativePath, {
    about: "Directory of the daily statistics of POP3 sessions, below work_path if it is not a " +
      "whole path. Without a value there are none.",
    programs: ["pop"],
    effect: "reload",
    source: "S46",
  }),
  oneline_stats: one(boolean, {
    default: "false",
    about: "Whether a line is written for each message, for tellpop statistics.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.7",
  }),
} as const;
