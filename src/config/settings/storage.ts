import { many, one, optional } from "../setting.ts";
import { wildcards } from "../types/lists.ts";
import { size } from "../types/measures.ts";
import { path } from "../types/names.ts";
import { userQuota } from "../types/people.ts";
import { boolean, fraction, integer, word } from "../types/plain.ts";
import { domainPath } from "../types/rules.ts";

/** Where things are kept. */
export const STORAGE_SETTINGS = {
  work_path: optional(path, {
    about: "Directory of the queue and other work files.",
    programs: ["all"],
    effect: "restart",
    source: "S43",
  }),
  drop_path: optional(path, {
    about: "Directory of the drop files, one for each user.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "S35",
  }),
  bin_path: optional(path, {
    about:
      "Directory of the users' mailboxes, into which drop files are taken at login. Names in " +
      "it have the prefix of their virtual domain. Without it a mailbox is beside the drop file.",
    programs: ["pop"],
    effect: "restart",
    source: "S36",
    defaultNote: "drop_path",
  }),
  alt_drop_path: many(domainPath("alt_drop_path office.example /var/spool/office"), {
    about: "Another drop directory for the users of a domain; a line for the domain goes before " +
      "one with wildcards. A line for any host_domain is for all of them: they have the same users.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "2.2",
  }),
  dsmtp_path: optional(path, {
    about: "Directory of the installation: the user database and message templates.",
    programs: ["all"],
    effect: "restart",
    source: "S33",
    defaultNote: "work_path",
  }),
  dpop_path: optional(path, {
    about:
      "Directory of the original's POP3 server. Kept for old files; dsmtp_path serves for both.",
    programs: ["pop"],
    effect: "restart",
    source: "2.2",
    defaultNote: "dsmtp_path",
  }),
  dwatch_path: optional(path, {
    about: "Directory of the original's watchdog files.",
    programs: ["all"],
    effect: "restart",
    source: "2.2",
  }),
  hash_spool: one(integer({ min: 0, max: 2, syntax: "0|1|2" }), {
    default: "0",
    about: "Levels of directories between drop_path and drop files. 2: the first letter of the " +
      "user name and the second, without the prefix of a virtual domain, _ where there is no " +
      "letter or digit. 1: a letter that is made of the whole name, for an even spread. Move the " +
      "files when you change it: nothing else looks where they were.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "S34",
  }),
  hash_bindir: one(boolean, {
    default: "false",
    about: "Whether bin_path has the levels of hash_spool too, if it is not drop_path.",
    programs: ["pop"],
    effect: "restart",
    source: "2.2",
  }),
  bin_pfull: one(fraction, {
    default: "0.5",
    about: "A mailbox file is written anew when less than this share of it is still wanted.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  drop_users: many(wildcards, {
    about: "Users whose mail is put back into the drop file when their POP3 session ends.",
    programs: ["pop"],
    effect: "reload",
    source: "S6",
  }),
  drop_max: optional(size({ unit: "kb", min: 1 }), {
    about: "Largest drop file. Mail that would make it larger has to wait until it is read.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  user_quota: one(userQuota, {
    default: "false",
    about: "Whether quotas are kept. A size is the quota of users whose _inf file has none: the " +
      'line "quota 10000000", in octets. Drop file and mailbox count together; mail that would ' +
      "be too much has to wait. The used line of _inf files is not written.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "S37",
  }),
  min_space: one(size({ unit: "mb" }), {
    default: "50MB",
    about: "Mail is not taken or fetched while the disk of work_path or of drop files has less " +
      "space than this; reading goes on, and so does delivery. The default is ours.",
    programs: ["smtp", "pop", "fetch"],
    effect: "reload",
    source: "2.2",
  }),
  use_drop: one(boolean, {
    default: "false",
    about: "Convert maildir directories to drop files.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
  }),
  allowdup: one(boolean, {
    default: "false",
    about: "Whether one message comes into a drop file once for each recipient that leads there. " +
      "The default is ours: such duplicates are merged.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  allow_dds: one(boolean, {
    default: "false",
    about: "Whether user names may contain ../, which nobody should allow.",
    programs: ["pop"],
    effect: "reload",
    source: "2.2",
    obsolete: "user names with ../ are never allowed; remove the line",
  }),
  lock_id: optional(word("<name>"), {
    about: "Name of this server among several that share directories: file locking is turned on.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "2.2",
  }),
  slave_number: one(integer({ min: 0, max: 64 }), {
    default: "1",
    about: "Workers that take in large drop files.",
    programs: ["pop"],
    effect: "restart",
    source: "S15",
  }),
  run_as: optional(word("<user[:group]>"), {
    about: "User to become once the ports are open.",
    programs: ["all"],
    effect: "restart",
    source: "ours",
  }),
} as const;
