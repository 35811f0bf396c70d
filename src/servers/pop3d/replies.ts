import type { Pop3Reply } from "../../formats/pop3.ts";

const ok = (text: string): Pop3Reply => ({ ok: true, text });
const error = (text: string): Pop3Reply => ({ ok: false, text });
const coded = (code: string, text: string): Pop3Reply => ({ ok: false, code, text });

/**
 * Everything this server says, in one place. Response codes: IN-USE of RFC 2449 section 8.1, AUTH and
 * SYS of RFC 3206. No reply tells an unknown user from a wrong password.
 */
export const REPLIES = {
  greeting: (hostname: string) => ok(`${hostname} DPOP server ready`),
  tooManyFailures: coded("SYS/TEMP", "too many failures from your address, try again later"),
  tooManySessions: coded("SYS/TEMP", "too many sessions, try again later"),

  capabilities: ok("capability list follows"),
  goodbye: ok("goodbye"),
  done: ok(""),

  passwordPlease: ok("send the password"),
  loggedIn: (messages: number, octets: number) =>
    ok(`maildrop has ${counted(messages, "message")} (${counted(octets, "octet")})`),
  rejected: coded("AUTH", "user name or password is wrong"),
  inUse: coded("IN-USE", "maildrop is locked by another session"),
  cannotCheck: coded("SYS/TEMP", "cannot check passwords now, try again later"),
  cannotOpen: coded("SYS/TEMP", "cannot open the maildrop now, try again later"),
  noMaildrop: coded("SYS/PERM", "this user cannot have a maildrop here"),
  badUserName: error("user name is empty or longer than 78 characters"),
  userFirst: error("send USER first"),

  status: (messages: number, octets: number) => ok(`${messages} ${octets}`),
  listing: (messages: number, octets: number) =>
    ok(`${counted(messages, "message")} (${counted(octets, "octet")})`),
  one: (number: number, value: number | string) => ok(`${number} ${value}`),
  uniqueIds: ok("unique-id listing follows"),
  message: (octets: number) => ok(counted(octets, "octet")),
  top: ok("top of message follows"),
  deleted: (number: number) => ok(`message ${number} deleted`),
  reset: (messages: number, octets: number) =>
    ok(`maildrop has ${counted(messages, "message")} (${counted(octets, "octet")})`),
  cannotRead: coded("SYS/TEMP", "cannot read the message now, try again later"),
  removed: (messages: number) => ok(`goodbye, ${counted(messages, "message")} left`),
  notRemoved: coded("SYS/TEMP", "some deleted messages not removed"),

  unknownCommand: error("unknown command"),
  notNow: error("command not possible in this state"),
  lineTooLong: error("command line too long, at most 255 octets"),
  badNumber: error("expected a message number"),
  badTop: error("expected a message number and a number of lines"),
  noSuchMessage: (messages: number) =>
    error(`no such message, maildrop has ${counted(messages, "message")}`),
  alreadyDeleted: (number: number) => error(`message ${number} is deleted`),
  tooManyErrors: error("too many errors, closing the connection"),
} as const;

/** The capabilities of RFC 2449 section 6 and RFC 3206 section 5 that this server has. */
export function capabilityLines(version: string): string[] {
  return [
    "TOP",
    "UIDL",
    "USER",
    "PIPELINING",
    "RESP-CODES",
    "AUTH-RESP-CODE",
    "EXPIRE NEVER",
    `IMPLEMENTATION DMail-${version}`,
  ];
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
