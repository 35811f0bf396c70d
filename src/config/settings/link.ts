import { many, one, optional } from "../setting.ts";
import { duration } from "../types/measures.ts";
import { hostPort } from "../types/names.ts";
import { command, secret, text, word } from "../types/plain.ts";
import { atrnLogin } from "../types/atrn.ts";
import { lineCap, tariff, timeWindow } from "../types/line_rules.ts";

/** The line to the world. */
export const LINK_SETTINGS = {
  ras_timer: optional(duration({ unit: "m", min: 1, max: 10_080 }), {
    about: "How often a call is made: mail is collected, asked for with ETRN, and sent. " +
      "At least 5 minutes if the line is dialled.",
    programs: ["smtp", "fetch", "link"],
    effect: "reload",
    source: "S23",
    defaultNote: "never by itself",
  }),
  ras_smtpip: optional(hostPort(25), {
    about:
      "The upstream server that is sent ETRN for every local domain. If it wants to know who asks " +
      "and it is the gateway of a domain, that domain's gateway_auth says who we are.",
    programs: ["smtp", "link"],
    effect: "reload",
    source: "S24",
  }),
  atrn_auth: optional(atrnLogin, {
    about:
      "User and password at the server that keeps our mail, that of ras_smtpip or the one named " +
      "here: in a call it is asked for the mail for every local domain by ATRN (RFC 2645), which " +
      "needs no fixed address and no open port on our side. gateway_tls says how the connection is " +
      "protected, by the domain whose gateway it is or else *; where it says nothing the certificate " +
      "must be good. A server that has no ATRN is sent ETRN, if it is that of ras_smtpip.",
    programs: ["smtp", "link"],
    effect: "reload",
    source: "ours",
  }),
  ras_number: optional(text, {
    about: "Phone number to dial on Windows.",
    programs: ["link"],
    effect: "reload",
    source: "S24",
  }),
  ras_entry: optional(text, {
    about: "Phone book entry to dial on Windows.",
    programs: ["link"],
    effect: "reload",
    source: "S24",
  }),
  ras_username: optional(word("<user>"), {
    about: "User name at the provider.",
    programs: ["link"],
    effect: "reload",
    source: "S24",
  }),
  ras_password: optional(secret, {
    about: "Password at the provider.",
    programs: ["link"],
    effect: "reload",
    source: "S24",
  }),
  ras_domain: optional(word("<Windows domain>"), {
    about: "Windows domain at the provider.",
    programs: ["link"],
    effect: "reload",
    source: "S24",
  }),
  ras_timeout: one(duration({ unit: "m", min: 1, max: 60 }), {
    default: "2",
    about: "How long it may take to bring the line up. The unit and the default are ours.",
    programs: ["link"],
    effect: "restart",
    source: "S24",
  }),
  link_up: optional(command, {
    about: "Command that brings the line up. Without it the line is taken to be always up.",
    programs: ["link"],
    effect: "restart",
    source: "ours",
  }),
  link_down: optional(command, {
    about: "Command that takes the line down.",
    programs: ["link"],
    effect: "restart",
    source: "ours",
  }),
  link_check: optional(command, {
    about: "Command that ends with 0 if the line is up already; it is then not hung up.",
    programs: ["link"],
    effect: "restart",
    source: "ours",
  }),
  link_linger: one(duration({ unit: "s", min: 0, max: 3600 }), {
    default: "5",
    about: "How long all must be quiet before the line is hung up.",
    programs: ["link"],
    effect: "restart",
    source: "ours",
  }),
  link_window: many(timeWindow, {
    about: "Hours in which calls may be made.",
    programs: ["link"],
    effect: "reload",
    source: "ours",
    defaultNote: "always",
  }),
  link_tariff: many(tariff, {
    about: "What the line costs.",
    programs: ["link"],
    effect: "reload",
    source: "ours",
  }),
  link_cap: many(lineCap, {
    about: "How much of the line may be used.",
    programs: ["link"],
    effect: "reload",
    source: "ours",
  }),
} as const;
