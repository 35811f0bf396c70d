import { many, one, optional } from "../setting.ts";
import { commaList, relayIpList, wildcards } from "../types/lists.ts";
import { duration } from "../types/measures.ts";
import { domainPattern, hostPort, path } from "../types/names.ts";
import { boolean, integer } from "../types/plain.ts";
import { atrnRule } from "../types/atrn.ts";
import { gateway, gatewayLogin, gatewayTls, proxyRule } from "../types/gateways.ts";
import { etrnRule } from "../types/etrn.ts";
import { aliasRule, domainPath, fallbackAddress, forwardRule } from "../types/rules.ts";

/** Where mail goes. */
export const ROUTING_SETTINGS = {
  forward: many(forwardRule, {
    about:
      "Redirects mail for an address of any domain, before anything else is looked at. Every line " +
      "that matches is applied, and the original recipient gets none, but for $user among the " +
      "destinations. A destination is an address, the whole path of a file, a program with its " +
      'arguments, as in "|/usr/bin/robot arg", or /dev/null. A * in the address it goes to stands ' +
      "for what the * in the pattern has matched, the first for the first and so on: " +
      '"forward *@old.example *@new.example". Where mail goes from here is looked up anew.',
    programs: ["smtp"],
    effect: "reload",
    source: "S10",
  }),
  forward_cc: many(forwardRule, {
    about: "Like forward, but the original recipient gets the mail too, unless there is none: " +
      "mail for a user that does not exist then goes to the others alone, and is not refused.",
    programs: ["smtp"],
    effect: "reload",
    source: "S11",
  }),
  fallback_address: many(fallbackAddress, {
    about:
      "Who gets the mail of a local domain for users that do not exist and have no alias. The " +
      "line of the main domain is also for its other names that have none of their own.",
    programs: ["smtp"],
    effect: "reload",
    source: "S9",
  }),
  alias: many(aliasRule, {
    about: "An alias in the main domain and its other names, asked behind their alias files; " +
      "destinations are those of forward, and names without a domain.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  alias_file: optional(path, {
    about:
      'Alias file for all local domains: a line is "name: destination, destination", and one ' +
      "that begins with a blank goes on with the line before. Destinations are those of forward, " +
      "names without a domain, and $user for the original recipient. Names may have wildcards. " +
      "The file is read anew when the configuration is; what is wrong in it is reported with its line.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  alias_file_domain: many(domainPath("alias_file_domain office.example /etc/dmail/aliases"), {
    about:
      "Alias file of a domain; * stands for all local domains. The file of the very domain is " +
      "asked first, then that of the main domain for its other names, then those of domains with " +
      "wildcards, and alias_file last.",
    programs: ["smtp"],
    effect: "reload",
    source: "S48",
  }),
  alias_fallthrough: one(boolean, {
    default: "true",
    about:
      "Whether the next alias file is asked when the one before it has no match. If not, the " +
      "first of them that a domain has decides alone.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  no_dotforward: one(boolean, {
    default: "true",
    about: "Whether .forward files in home directories are left alone; they are used with " +
      "authent_method unix_user only. Files of users beside their drop file, called as it is with " +
      ".fwd behind, are always used. The default is ours.",
    programs: ["smtp"],
    effect: "reload",
    source: "S47",
  }),
  relay_to: many(domainPattern, {
    about: "A domain elsewhere for which mail is taken from everybody. A gateway alone opens " +
      "nothing. Addresses that ask the other server to send the mail on, as in user%other@domain, " +
      "are not taken.",
    programs: ["smtp"],
    effect: "reload",
    source: "S17",
  }),
  forward_from_ip: many(relayIpList, {
    about: "Addresses that may send mail to the world through this server. Without any rule " +
      "nobody may.",
    programs: ["smtp"],
    effect: "reload",
    source: "S18",
  }),
  forward_from: many(domainPattern, {
    about: "Domains of senders who may send to the world. Anybody can pretend to be one of them. " +
      "A bounce, which has no sender, is from none of them.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.3",
  }),
  forward_user: many(wildcards, {
    about: "Users who may send to the world from anywhere once they have logged in with AUTH, or " +
      "lately by POP3 (see pop_before_smtp). Not set: every user.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.3",
  }),
  gateway: many(gateway, {
    about:
      "The host that takes mail for a domain, in place of its mail exchangers; * takes all mail " +
      "that is not local. An exact domain outranks a wildcard, the longest wildcard wins. Domains " +
      "that no line matches are looked up in DNS at each attempt; mail for an address in " +
      "brackets, as in bob@[192.0.2.1] or bob@[IPv6:2001:db8::1], goes to that host without DNS, " +
      "unless * has a gateway.",
    programs: ["smtp"],
    effect: "reload",
    source: "S19",
  }),
  gateway_auth: many(gatewayLogin, {
    about: "User and password for the gateway of a domain; AUTH PLAIN or LOGIN. They go to no " +
      "mail exchanger, and to no gateway whose line names the domain more exactly. A password " +
      "oauth2:TOKEN makes it XOAUTH2. Where they are refused, mail waits.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  gateway_tls: many(gatewayTls, {
    about: "Whether the connection to the gateway or the mail exchangers of a domain is " +
      "encrypted. may: if the other side can, whatever certificate it has; a password is not sent " +
      "otherwise. must: always, with a certificate that is good for the name of the host, or mail " +
      "waits. none: never, which sends a password in the clear. may is used where nothing is " +
      "said, and must wherever there is a password. Port 465 is encrypted from the first octet.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  proxy_domain: many(proxyRule, {
    about:
      "A proxy with a telnet prompt through which the hosts of a domain are reached: it is sent " +
      "the request as a line, with the address of the host in place of $IP. What it says before " +
      "the host greets, at most 8 KiB, is skipped. The domains are ranked like those of gateway. A " +
      "gateway is reached through it too, unless the gateway's line names the domain more exactly.",
    programs: ["smtp"],
    effect: "reload",
    source: "S31",
  }),
  relay_connections: one(integer({ min: 1, max: 500 }), {
    default: "20",
    about:
      "Over how many connections mail is sent to other servers at the same time: one to each, and " +
      "where there is room several (relay_host_connections). One that has not moved for 10 seconds " +
      "does not count while it waits, up to five times this number, so that servers that are dead or " +
      "slow do not hold up mail for others. On a very thin line a few are enough.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  relay_host_connections: one(integer({ min: 1, max: 100 }), {
    default: "4",
    about:
      "Over how many connections mail is sent to one server at the same time if fifty messages " +
      "or more wait for it and it takes one after the other. One is enough for a server with " +
      "CHUNKING and PIPELINING, and on a thin line. A server that has fewer for us gets it over those.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  connect_timeout: one(duration({ unit: "s", min: 1, max: 3600 }), {
    default: "60",
    about: "How long it may take to reach another mail server.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  dns_timeout: one(duration({ unit: "s", min: 1, max: 600 }), {
    default: "10",
    about: "How long a question may take in DNS, all servers together. The default is ours.",
    programs: ["smtp"],
    effect: "reload",
    source: "2.2",
  }),
  max_retrytime: one(duration({ unit: "h", min: 1, max: 8760 }), {
    default: "48",
    about: "How long mail is tried before it is returned to its sender. Time counts in which it " +
      "could have gone: from one attempt to the next at most retry_interval, however long the line " +
      "was down.",
    programs: ["smtp"],
    effect: "reload",
    source: "S20",
  }),
  retry_interval: one(duration({ unit: "m", min: 1, max: 1440 }), {
    default: "120",
    about: "How long mail for other servers waits after an attempt that failed. What waits for a " +
      "server that could not be reached is tried together: one message shows whether it is back. " +
      "What could not be delivered here is tried sooner at first: after 1, 5, 15, 30 and 60 minutes. " +
      "A call, ETRN and dmail queue flush do not wait for it.",
    programs: ["smtp"],
    effect: "reload",
    source: "B6",
  }),
  delay_notice: one(duration({ unit: "h", min: 0, max: 8760 }), {
    default: "0",
    about:
      "How long mail is tried, counted as for max_retrytime, before a sender who asked for it " +
      "(NOTIFY=DELAY) is told, once, that it is late. 0, as the documents have it: at the first " +
      "attempt that fails, for then it is late by a retry interval; as long as max_retrytime: never. " +
      "Nobody else is told of delays.",
    programs: ["smtp"],
    effect: "reload",
    source: "A12",
  }),
  suspend_domain: many(domainPattern, {
    about:
      "A domain whose mail waits, for any length of time, until ETRN or queue flush names it: it is " +
      "not tried by itself and never given back. For its subdomains write *.domain too. What ETRN " +
      "finds that cannot be delivered then, as its host cannot be reached, waits on; what is refused " +
      "then is given back, so say in etrn_from who may ask, and in gateway where it goes. Dangerous: " +
      "if nobody ever asks, no sender ever learns that his mail has not arrived.",
    programs: ["smtp"],
    effect: "reload",
    source: "S21",
  }),
  atrn_domain: many(atrnRule, {
    about:
      "A domain elsewhere whose mail users of this server get over a connection that they have " +
      "made themselves, from whatever address: they log in and say ATRN (RFC 2645), and all that " +
      "waits for the domain comes down that connection. Write relay_to for it, so that its mail is " +
      "taken, and suspend_domain, so that it waits here. A secret is their password for CRAM-MD5 " +
      "at odmr_port, which some programs insist on, fetchmail among them; it needs no TLS and opens " +
      "nothing else. Others log in with their usual one.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
  etrn_relay: many(commaList(hostPort(25)), {
    about:
      "The other servers of a farm, which share the mail: an ETRN that this one is sent is passed on " +
      "to each of them, in the background, so that the client need not ask them all. A domain is " +
      "passed on once a minute at most, and never what one of them has sent; write their addresses, " +
      "not their names, so that they are known when they call. All of a farm may have the same list, " +
      "with themselves in it. Nothing is dialled for it. They may always ask here (see etrn_from); " +
      "this server must be allowed to ask them.",
    programs: ["smtp"],
    effect: "reload",
    source: "S22",
  }),
  etrn_from: many(etrnRule, {
    about:
      "Who may ask with ETRN that the mail waiting for a domain be sent now: addresses, written as " +
      "in forward_from_ip; users, who have logged in with AUTH, or lately by POP3; or nobody. " +
      "Several lines add up. Without any line anybody may ask for any domain, which gives nothing " +
      "away: mail goes only where it always goes, never to who asks, and strangers do not hear " +
      "whether any waits. With a line, only those may ask whom a line for the domain names; they, " +
      'our own people, and the gateway of the domain hear how much there is. "etrn_from * nobody" ' +
      "turns ETRN off. For a domain of atrn_domain that has no gateway of its own nobody may ask.",
    programs: ["smtp"],
    effect: "reload",
    source: "ours",
  }),
} as const;
