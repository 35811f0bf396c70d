import { many, one, optional } from "../setting.ts";
import { commaList, restrictiveIpList, wildcards } from "../types/lists.ts";
import { duration } from "../types/measures.ts";
import { ipAddress, path } from "../types/names.ts";
import { integer, listenPort, secret } from "../types/plain.ts";

/** Where the servers listen, for whom, and how many. */
export const LISTENER_SETTINGS = {
  bind_ip: many(commaList(ipAddress), {
    default: "0.0.0.0",
    about: "Addresses of this machine on which SMTP and POP3 listen.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "ours",
  }),
  smtp_port: one(listenPort, {
    default: "25",
    about: "Port of SMTP; 0 takes a free one.",
    programs: ["smtp"],
    effect: "reload",
    source: "S8",
  }),
  submission_port: optional(listenPort, {
    about: "Port on which mail programs send their mail, 587 by custom; 0 takes a free one.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  smtps_port: optional(listenPort, {
    about: "Port of submission with TLS from the start, 465 by custom; 0 takes a free one.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  odmr_port: optional(listenPort, {
    about: "Port on which those of atrn_domain get their mail by ATRN and nothing else is done, " +
      "366 by custom (RFC 2645); 0 takes a free one. On the other SMTP ports ATRN works too.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  pop_port: one(listenPort, {
    default: "110",
    about: "Port of POP3; 0 takes a free one.",
    programs: ["pop"],
    effect: "reload",
    source: "S7",
  }),
  pops_port: optional(listenPort, {
    about: "Port of POP3 with TLS from the start, 995 by custom.",
    programs: ["pop"],
    effect: "restart",
    source: "ours",
    defaultNote: "off",
  }),
  http_port: optional(listenPort, {
    about: "Port of the status page; without it there is no page.",
    programs: ["page"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  http_ip_address: one(ipAddress, {
    default: "127.0.0.1",
    about: "Address of this machine on which the status page is.",
    programs: ["page"],
    effect: "reload",
    source: "ours",
  }),
  manager_port: optional(listenPort, {
    about: "Port on which tellsmtp and tellpop on other machines reach this one, by TLS and with " +
      "the manager password, from manager_ip_address; 0 takes a free one. Here it is also the " +
      "port that -n asks.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "ours",
    defaultNote: "off",
  }),
  tls_cert: optional(path, {
    about:
      "Certificate for TLS 1.2 and later, PEM, with those that sign it behind it. Without it " +
      "the appliance signs one itself, kept in tls below work_path. A reload reads the file anew. " +
      "POP3 and the page do not use it in this version.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
    defaultNote: "one made at the first start, for ten years",
  }),
  tls_key: optional(path, {
    about: "Private key of tls_cert, PEM, without a password.",
    programs: ["smtp", "pop", "page"],
    effect: "reload",
    source: "ours",
  }),
  tls_ca: many(path, {
    about:
      "Certificates of authorities that are believed beside those of the system, PEM, any number " +
      "in a file: those of a head office that signs its own. They count where a certificate is " +
      "checked: gateway_tls must, gateway_auth, atrn_auth, and the servers that mail is collected " +
      "from. A certificate that signs itself can be named as well, if it is not that of an " +
      "authority. Files are read at the start and at a reload.",
    programs: ["smtp", "fetch"],
    effect: "reload",
    source: "ours",
  }),
  smtp_max_sessions: one(integer({ min: 1, max: 10_000 }), {
    default: "100",
    about: "SMTP sessions at the same time at each of its ports; more are asked to come again.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  pop_max_sessions: one(integer({ min: 1, max: 10_000 }), {
    default: "200",
    about: "POP3 sessions at the same time; more are asked to come again.",
    programs: ["pop"],
    effect: "reload",
    source: "ours",
  }),
  smtp_timeout: one(duration({ unit: "s", min: 10, max: 3600 }), {
    default: "300",
    about: "How long an SMTP client may be silent (RFC 5321 section 4.5.3.2.7).",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  smtp_greet_delay: one(duration({ unit: "s", min: 0, max: 60 }), {
    default: "0",
    about: "How long a stranger waits for the greeting of SMTP; who talks before it, as many " +
      "programs that send spam do, is sent away. Those in forward_from_ip and fromip_nolimit, and " +
      "this machine, never wait.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  pop_timeout: one(duration({ unit: "s", min: 600, max: 86_400 }), {
    default: "600",
    about: "How long a POP3 client may be silent; at least 10 minutes (RFC 1939 section 3).",
    programs: ["pop"],
    effect: "reload",
    source: "ours",
  }),
  user_ip_address: optional(restrictiveIpList, {
    about: "Addresses from which users may read mail; an address must pass every element.",
    programs: ["pop"],
    effect: "reload",
    source: "S12",
    defaultNote: "all",
  }),
  user_ip_name: optional(wildcards, {
    about: "Host names from which users may read mail; a name must pass every element.",
    programs: ["pop"],
    effect: "reload",
    source: "S58",
    defaultNote: "all",
  }),
  pop_users: optional(wildcards, {
    about: "Names of users who may read mail.",
    programs: ["pop"],
    effect: "reload",
    source: "S58",
    defaultNote: "all",
  }),
  manager_ip_address: one(restrictiveIpList, {
    default: "127.*",
    aliases: ["manger_ip_address"],
    about: "Addresses from which tellsmtp, tellpop and the page take commands; an address must " +
      "pass every element. Unlike the original's, the default is this machine alone.",
    programs: ["smtp", "pop", "list", "page"],
    effect: "reload",
    source: "S27",
  }),
  manager_ip_name: optional(wildcards, {
    about: "Host names from which commands are taken; a name must pass every element.",
    programs: ["smtp", "pop", "list"],
    effect: "reload",
    source: "2.2",
    defaultNote: "all",
  }),
  manager_password: optional(secret, {
    about: "Password of the manager in very old versions.",
    programs: ["smtp", "pop"],
    effect: "reload",
    source: "2.2",
    obsolete: 'the password is no longer kept here; remove the line and use "tellpop password"',
  }),
} as const;
