import { one, optional } from "../setting.ts";
import { size } from "../types/measures.ts";
import { domain, hostPort, path } from "../types/names.ts";
import { choice } from "../types/plain.ts";

/** Mailing lists. */
export const LIST_SETTINGS = {
  dlist_path: optional(path, {
    about: "Directory of lists.dat and of the lists.",
    programs: ["list"],
    effect: "reload",
    source: "S59",
    defaultNote: "no lists",
  }),
  dlist_domain: optional(domain, {
    about: "Domain of the lists.",
    programs: ["list"],
    effect: "reload",
    source: "S59",
    defaultNote: "the main domain",
  }),
  dlist_loglvl: one(choice("error", "warn", "info", "debug"), {
    default: "info",
    about: "How much is logged about lists.",
    programs: ["list"],
    effect: "reload",
    source: "S59",
  }),
  dlist_rotate: one(size({ min: 10_000, max: 1024 ** 3 }), {
    default: "50000",
    about: "Size at which dlist.log is put aside.",
    programs: ["list"],
    effect: "reload",
    source: "S59",
  }),
  dlist_smtp_host: one(hostPort(25), {
    default: "127.0.0.1:25",
    about: "SMTP server that lists send through.",
    programs: ["list"],
    effect: "reload",
    source: "S59",
  }),
} as const;
