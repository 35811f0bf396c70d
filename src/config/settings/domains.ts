import { many, one, optional } from "../setting.ts";
import { address, dnsServer, domain } from "../types/names.ts";
import { nameSeparator, virtualDomain } from "../types/people.ts";
import { boolean } from "../types/plain.ts";
import { hostPort } from "../types/names.ts";

/** Who we are, and which domains are ours. */
export const DOMAIN_SETTINGS = {
  host_domain: many(domain, {
    about:
      "A local domain. The first line is the main domain, further lines are other names of it.",
    programs: ["all"],
    effect: "reload",
    source: "S38",
  }),
  vdomain: many(virtualDomain, {
    about:
      "A virtual domain with users of its own. Mail is for it by its domain; a user who logs in " +
      "is of it by the address connected to, by the end of the user name (a suffix is written with " +
      "its mark, /xdom or @xdom, and understood with both), or by user@domain. A domain may have " +
      "several lines with one prefix.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "S40",
  }),
  vdomain_separator: one(nameSeparator, {
    default: "_",
    about: "What stands between the prefix of a virtual domain and the user name, in names of " +
      "files and of users.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "S42",
  }),
  drop_prefix: one(boolean, {
    default: "true",
    about: "Whether names of drop files of a virtual domain begin with its prefix. If not, its " +
      "directory can be that of no other domain.",
    programs: ["smtp", "pop"],
    effect: "restart",
    source: "S41",
  }),
  sysadmin: optional(address, {
    about: "Address of the administrator, who also gets the mail for postmaster.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
    defaultNote: "postmaster at the main domain",
  }),
  dpop_host: optional(hostPort(110), {
    about:
      "Machine that tellpop talks to without -n, if manager_port is set too: its port is that " +
      "of the manager, not the one here.",
    programs: ["pop"],
    effect: "reload",
    source: "S39",
    defaultNote: "this machine",
  }),
  dns_host: optional(dnsServer, {
    about:
      "DNS server that is asked for mail exchangers and their addresses instead of the system's, " +
      "and for gateways that are named: these are looked up by the system, in its hosts file too, " +
      "if this is not set. A server, or a proxy in front of it, that answers nothing by UDP is " +
      "asked by TCP. Nothing is asked while the line is down. The servers of ras_smtpip, atrn_auth " +
      "and pf_user are always looked up by the system.",
    programs: ["smtp"],
    effect: "reload",
    source: "S30",
    defaultNote: "those of the system",
  }),
} as const;
