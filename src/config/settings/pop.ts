import { one, optional } from "../setting.ts";
import { path } from "../types/names.ts";
import { boolean, text } from "../types/plain.ts";

/** How mail is handed out. */
export const POP_SETTINGS = {
  add_status: one(boolean, {
    default: "true",
    about: "Whether messages are given a Status line.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  lookup_names: one(boolean, {
    default: "false",
    about: "Whether the host names of clients are looked up for user_ip_name; it is slow.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  bulletin_path: optional(path, {
    about: "Directory of bulletins, messages to all users.",
    programs: ["pop"],
    effect: "reload",
    source: "F19",
  }),
  bulletin_from: one(text, {
    default: "Email System Administrator",
    about: "Name of the sender of bulletins.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  hide_old_bulls: one(boolean, {
    default: "false",
    about: "Whether new users do not get the bulletins from before their time.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
} as const;
