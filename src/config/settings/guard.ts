import { many, one, optional } from "../setting.ts";
import { banRule } from "../types/guard.ts";
import { permissiveIpList, wildcards } from "../types/lists.ts";
import { duration } from "../types/measures.ts";
import { boolean, choice, integer } from "../types/plain.ts";

/** Who is refused, slowed down or let through. */
export const GUARD_SETTINGS = {
  fromip_nolimit: many(permissiveIpList, {
    about: "Addresses that are free of every limit and ban.",
    programs: ["smtp", "pop", "page"],
    effect: "reload",
    source: "2.3",
  }),
  fromip_max: optional(integer({ min: 1, max: 1_000_000 }), {
    about:
      "Messages a minute that are taken from one address; IPv6 addresses with the same first " +
      "64 bits count as one. More are answered 451: a mail server tries them again later. MAIL " +
      "counts, so one that is given up counts too.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.3",
    defaultNote: "no limit",
  }),
  smtp_max_per_ip: one(integer({ min: 1, max: 10_000 }), {
    default: "50",
    about: "SMTP sessions of one address at the same time; IPv6 addresses with the same first 64 " +
      "bits count as one. When smtp_max_sessions are open, whoever has most of them loses one to " +
      "an address that has fewer, and any stranger loses one to this machine and forward_from_ip. " +
      "Sessions without a message under way go first.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  ban_auto: one(banRule, {
    default: "20 10 60",
    about: "Failures of one address, within how many minutes, after which it is banned from SMTP " +
      "and POP3, and for how many minutes; off bans nobody. Failures are wrong passwords, names " +
      "that do not exist, and sessions that had to be thrown off, which count five. A wrong " +
      "password that a program has saved and tries again and again counts once. Only wrong " +
      "passwords count for those who logged in or are in forward_from_ip. Never banned are this " +
      "machine (127.0.0.1 and ::1), fromip_nolimit and the address in ras_smtpip. tellsmtp bans " +
      "lists the banned, tellsmtp unban <address> lets one in again.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "ours",
  }),
  ban_ip: many(permissiveIpList, {
    about: "Addresses whose connections to SMTP are refused (554). One element is enough.",
    programs: ["smtp"],
    effect: "reload",
    source: "S50",
  }),
  ban_ip_except: many(permissiveIpList, {
    about: "Addresses that ban_ip does not mean.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  ban_mailfrom: many(wildcards, {
    about: "Senders whose mail is refused (550): addresses as in *@spam.example, or domains. " +
      "Bounces, which have no sender, are never refused by it.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  ban_rcptto: many(wildcards, {
    about: "Recipients whose mail is refused (550): addresses, or domains.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  fake_vrfy: optional(boolean, {
    about: "What VRFY says of names. If true, that each of them exists; if false, the truth to " +
      "everybody. Not set: those who logged in or are in forward_from_ip, and this machine, hear " +
      "the truth, others a 252 that tells nothing. EXPN shows lists to the former alone, and to " +
      "nobody if this is true.",
    programs: ["smtp"],
    effect: "reload",
    source: "S25",
    defaultNote: "the truth for our own people alone",
  }),
  pop_before_smtp: optional(duration({ unit: "m", min: 1, max: 1440 }), {
    about: "For how many minutes an address from which a user has read mail by POP3 may send to " +
      "the world as that user may. Of several users at one address the last one counts.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  hide_auth: optional(choice("recentpop"), {
    about:
      "Do not offer AUTH on smtp_port to addresses from which a user has just read mail (see " +
      "pop_before_smtp): some mail programs insist on a password once it is offered.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.3",
  }),
} as const;
