import { HIDDEN, one, optional } from "../setting.ts";
import { duration } from "../types/measures.ts";
import { path, url } from "../types/names.ts";
import { boolean, choice, command, integer, secret, text } from "../types/plain.ts";

/** Where users are looked up. */
export const ACCOUNT_SETTINGS = {
  authent_method: one(
    choice("nwauth", "unix_user", "nt_user", "external", "ldap", "sql"),
    {
      default: { unix: "unix_user", windows: "nt_user" },
      about: "Where users are looked up: nwauth is the built-in database, the others are the " +
        "system's users, a helper process, a directory or a database.",
      programs: ["smtp", "pop"],
      effect: "restart",
      source: "S1",
    },
  ),
  nwauth_path: optional(path, {
    about: "Directory of nwauth.txt, the built-in user database.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
    defaultNote: "dsmtp_path",
  }),
  authent_process: optional(command, {
    about: "Helper process of authent_method external, its whole path and its arguments.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "S2",
  }),
  authent_number: one(integer({ min: 1, max: 100 }), {
    default: "2",
    about: "How many helper processes run side by side.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "S3",
  }),
  authent_timeout: one(duration({ unit: "s", min: 1, max: 3600 }), {
    default: "10",
    about: "How long an answer about a user may take.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "2.2",
  }),
  authent_cache: one(integer({ min: 0, max: 1_000_000, syntax: "<entries>" }), {
    default: "1000",
    about: "Logins that are remembered, for 12 hours each; 0 remembers none.",
    programs: ["pop"],
    effect: "restart",
    source: "S4",
  }),
  auth_nocache: one(boolean, {
    default: "false",
    about: "Remember no logins at all.",
    programs: ["pop"],
    effect: "restart",
    source: "2.2",
  }),
  authent_domain: one(boolean, {
    default: "false",
    about: "Whether users are looked up as user@domain: that of their vdomain line, or the main " +
      "domain. If not, users of a virtual domain are looked up with its prefix before the name.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "S5",
  }),
  apop_enable: one(boolean, {
    default: "false",
    about: "Whether POP3 offers APOP.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  ldap_url: optional(url("ldaps", "ldap"), {
    about: "Directory of authent_method ldap.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  ldap_base: optional(text, {
    about: "Where in the directory users are looked for.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  ldap_bind_dn: optional(text, {
    about: "Name to log in to the directory with.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  ldap_bind_password: optional(secret, {
    about: "Password to log in to the directory with.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  ldap_filter: one(text, {
    default: "(uid=$user)",
    about: "Which entry is a user; $user stands for the name.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  sql_url: optional({ ...url("postgres", "postgresql", "mysql"), mask: () => HIDDEN }, {
    about: "Database of authent_method sql, with user and password.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
  sql_query: optional(text, {
    about: "Query for a user; $user stands for the name. It yields the password hash and, as a " +
      "second column if there is one, where mail is forwarded.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "ours",
  }),
} as const;
