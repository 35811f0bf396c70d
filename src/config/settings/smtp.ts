import { many, one, optional } from "../setting.ts";
import { ownHeaderName } from "../types/header_name.ts";
import { permissiveIpList, wildcards } from "../types/lists.ts";
import { duration, size } from "../types/measures.ts";
import { path, relativePath } from "../types/names.ts";
import { robotUser } from "../types/people.ts";
import { boolean, command, integer, text } from "../types/plain.ts";
import { domainPath, footerRule } from "../types/rules.ts";

/** How mail is taken, filtered and refused. */
export const SMTP_SETTINGS = {
  smtp_welcome: optional(text, {
    about:
      "Whole text of the greeting, in place of the main domain, the product's name and its version. " +
      "Begin it with the main domain, which clients expect first.",
    programs: ["smtp"],
    effect: "reload",
    source: "S26",
  }),
  timezone: optional(text, {
    about: "Text behind the time in Received and Date, as in +1100 or -0800 PST; the time itself " +
      "does not change.",
    programs: ["smtp"],
    effect: "reload",
    source: "S13",
    defaultNote: "the system's zone",
  }),
  max_message_size: one(size({ min: 64 * 1024, max: 2 * 1024 ** 3 }), {
    default: "50MB",
    about: "Largest message that is taken from the network.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  max_rcpts: one(integer({ min: 100, max: 100_000 }), {
    default: "1000",
    about: "Recipients of one message; at least 100 (RFC 5321 section 4.5.3.1.8).",
    programs: ["smtp"],
    effect: "reload",
    source: "2.3",
  }),
  rcpt_header: optional(ownHeaderName, {
    about: "Header that tells the envelope recipient of a message that has only one, as in " +
      "X-Recip-To or X-Rcpt-To: POPFetch at the other end looks for both. A header of that name " +
      "that comes from outside is removed, so that nobody can forge it.",
    programs: ["smtp"],
    effect: "reload",
    source: "B12",
    defaultNote: "none",
  }),
  bomb_max: optional(integer({ min: 0, max: 1_000_000 }), {
    about:
      "Equal messages (sender, subject and beginning of the body; whoever they are for) after " +
      "which a mail bomb is suspected; 0 suspects nothing. More of them are refused for now with " +
      "450: if they were wanted the sender's server tries again, and nothing is lost. A message " +
      "for many recipients at once counts once. Programs that send much of the same belong into " +
      "bomb_exception_from, bomb_exception_ip or fromip_nolimit; those of this machine (127.*, " +
      "::1) are suspected only if bomb_max is set.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
    defaultNote: "50, but not for this machine",
  }),
  bomb_dec: one(integer({ min: 0, max: 1_000_000 }), {
    default: "50",
    about: "By how much the count of equal messages falls in an hour, little by little: so many " +
      "more are taken then.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bomb_entries: one(integer({ min: 1, max: 100_000 }), {
    default: "2000",
    about: "Messages whose copies are counted; the one that was not seen for the longest time is " +
      "forgotten first.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bomb_dir: one(relativePath, {
    default: "./bomb/",
    about:
      "Where the first 3 refused copies of a suspected mail bomb are put, each up to 1 MB, a " +
      "hundred files at most; below work_path if it is not a whole path.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bomb_exception_from: many(wildcards, {
    about: "Senders who are never suspected.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bomb_exception_to: many(wildcards, {
    about: "Recipients whose mail is never suspected; of a message with several, all must be.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bomb_exception_ip: many(permissiveIpList, {
    about: "Addresses that are never suspected.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  msg_filter: optional(path, {
    about: "File of rules, a line each, for messages to refuse: reject body <text> looks for a " +
      "text in the body, in parts that are encoded and in names of attachments, whatever the " +
      "case; reject <Header>: <pattern> and reject header <pattern> fit a whole value or line, " +
      "with * and ?. The client and the log are told the rule's number. Mail that POPFetch " +
      "collects is not filtered: it would be lost.",
    programs: ["smtp"],
    effect: "reload",
    source: "S16",
  }),
  spool_dir: optional(path, {
    about:
      "Directory that is watched: message files put there are sent to the addresses of their " +
      "X-Receiver lines (the form of CDONTS) or else of To, Cc and Bcc, and removed. Whoever can " +
      "write there can send as anybody. It must be there, and be used for nothing else. Move " +
      "files in whole, or write them under a name that begins with a dot or ends in .tmp and " +
      "rename them; what cannot be sent is put into bad.",
    programs: ["smtp"],
    effect: "reload",
    source: "S32",
  }),
  add_footer: many(footerRule, {
    about: "File that is added to mail whose envelope sender is of one of the domains, below " +
      "dsmtp_path if not a whole path, 8 KB at most. It goes to the end of the plain text, in " +
      "mail of several parts of the first; HTML, text in base64, and mail that is signed or " +
      "encrypted stay as they are, and no footer is added twice.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  archive_batch: optional(command, {
    about: "Command that is run at the end of each day.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  bounce_body: one(boolean, {
    default: "false",
    about: "Whether a bounce contains the whole message and not its header alone. A sender's own " +
      "wish (RET) counts more; bounce_maxlen is above both.",
    programs: ["smtp"],
    effect: "reload",
    source: "S49",
  }),
  bounce_maxlen: one(size(), {
    default: "50k",
    about: "The longest message that a bounce contains whole; of a longer one it has the header " +
      "alone. The default is ours.",
    programs: ["smtp"],
    effect: "reload",
    source: "S49",
  }),
  double_bounce: one(boolean, {
    default: "true",
    about: "Whether the postmaster (sysadmin) gets what can neither be delivered nor given back " +
      "because it has no sender: bounces that fail themselves, above all. Otherwise such mail is " +
      "thrown away, with a line in the log.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  robot_defaultuser: optional(robotUser, {
    about:
      "User whom all robots run as, by name or number; -1 runs none, and returns their mail. " +
      "If it is not set each runs as the user whose robot it is, and as nobody where that is not " +
      "known or is root: robots never run as root. Only a server that is root can run them as " +
      "somebody else; on Windows none can, and a robot then runs as the server.",
    programs: ["smtp"],
    effect: "reload",
    source: "S28",
  }),
  robot_timeout: one(duration({ unit: "s", min: 1, max: 3600 }), {
    default: "60",
    about: "How long a robot may take. Then it is killed with all it has started, and the mail " +
      "is tried again later.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  domain_chroot: many(domainPath("domain_chroot office.example /var/robots"), {
    about: "Root directory of the robots of a domain: all they can see of the disk. The paths of " +
      "their programs begin there. It counts for all names of the domain: all host_domain " +
      "lines, or all vdomain lines with its prefix. A robot of a user's own list is one of the " +
      "user's domain, whatever address led there. Only a server that is root can do that; any " +
      "other returns their mail.",
    programs: ["smtp"],
    effect: "reload",
    source: "S29",
  }),
} as const;
