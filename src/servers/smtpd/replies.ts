import type { SmtpdOptions } from "./mod.ts";

/** What the server says: one line, or several of the same code. */
export interface Reply {
  readonly code: number;
  readonly text: string | readonly string[];
}

/** The client of a session, as it is known at the moment. */
export interface Client {
  /** What it called itself in HELO or EHLO; its address before that. */
  readonly name: string;
  readonly address: string;
  /** Our address that it connected to: a virtual domain may be chosen by it (B32). */
  readonly localAddress: string;
  readonly door: Door;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  /** Who logged in. */
  readonly user: string | undefined;
}

/**
 * Where a client came in: smtp_port, submission_port (RFC 6409), smtps_port (RFC 8314) or odmr_port
 * (RFC 2645).
 */
export type Door = "smtp" | "submission" | "smtps" | "odmr";

type Hello = Client & { readonly options: SmtpdOptions };

/** What EHLO offers to some and not to others. */
export interface Offers {
  /** Whether TLS can be made now (RFC 3207). */
  readonly startTls: boolean;
  /** Mechanisms of AUTH (RFC 4954); empty if this client may not log in now. */
  readonly auth: string;
  /** Whether the client may get the connection turned round (RFC 2645), if it logs in. */
  readonly atrn: boolean;
  /** Whether the client may ask for waiting mail (RFC 1985). */
  readonly etrn: boolean;
}

/**
 * Every reply of the server (B1-B4, RFC 5321 section 4.2). The documents' words stand as they are;
 * an enhanced status code (RFC 3463) goes before the text of refusals only, for the same reason.
 */
export const replies = {
  greeting: ({ welcome, hostname, version }: SmtpdOptions) =>
    reply(220, welcome || `${hostname} DSMTP ESMTP Server v${version}`),
  helo: ({ name, address, options }: Hello) =>
    reply(250, `${options.hostname}. Hello ${name} (${address})`),
  ehlo: (client: Hello, { startTls, auth, atrn, etrn }: Offers): Reply => {
    const takesMail = client.door !== "odmr";
    return {
      code: 250,
      text: [
        String(replies.helo(client).text),
        ...(takesMail ? ["PIPELINING", `SIZE ${client.options.maxMessageOctets}`, "8BITMIME"] : []),
        "ENHANCEDSTATUSCODES",
        ...(takesMail ? ["SMTPUTF8", "CHUNKING"] : []),
        ...(startTls ? ["STARTTLS"] : []),
        ...(auth === "" ? [] : [`AUTH ${auth}`]),
        ...(atrn ? ["ATRN"] : []),
        ...(etrn ? ["ETRN"] : []),
        ...(takesMail ? ["DSN", "HELP"] : []),
      ],
    };
  },
  mailOk: reply(250, "Command MAIL OK"),
  rcptLocal: reply(250, "Command RCPT User found OK"),
  rcptRedirected: reply(251, "Command RCPT OK"),
  rcptRelayed: reply(250, "Command RCPT OK"),
  startMail: reply(354, "Command DATA Start mail input; end with <CRLF>.<CRLF>"),
  chunkOk: (octets: number) => reply(250, `Command BDAT ${octets} octets received`),
  dataOk: (id: string) => reply(250, `Command DATA Processed mail data Ok ${id}`),
  noopOk: reply(250, "Command NOOP OK"),
  rsetOk: reply(250, "Command RSET OK"),
  verified: (address: string) => reply(250, `<${address}>`),
  expanded: (members: readonly string[]) => reply(250, members),
  // Names are not given away (S25); RFC 5321 section 3.5.3 allows 252 for that.
  vrfy: reply(252, "Cannot VRFY user, but will accept message and attempt delivery"),
  help: (commands: readonly string[]) =>
    reply(214, [
      `Commands: ${commands.join(" ")}`,
      "See RFC 5321, RFC 1985 (ETRN) and RFC 3461 (DSN)",
    ]),
  // RFC 1985 section 5.1, word for word.
  etrnStarted: (node: string) => reply(250, `OK, queuing for node ${node} started`),
  etrnNothing: (node: string) => reply(251, `OK, no messages waiting for node ${node}`),
  etrnPending: (node: string) => reply(252, `OK, pending messages for node ${node} started`),
  etrnCounted: (node: string, messages: number) =>
    reply(253, `OK, ${messages} pending messages for node ${node} started`),
  helpOn: (syntax: string) => reply(214, `Syntax: ${syntax}`),
  startTls: reply(220, "Command STARTTLS Ready to start TLS"),
  turning: reply(250, "OK now reversing the connection"),
  authOk: reply(235, "2.7.0 Command AUTH OK"),
  authChallenge: (base64: string) => reply(334, base64),
  quit: ({ name, options }: Hello) =>
    reply(
      221,
      `Command QUIT ${options.hostname} Service closing transmission channel to ${name}`,
    ),

  tooManySessions: closing("4.3.2", "Too many connections, try again later"),
  shuttingDown: closing("4.3.2", "Service closing transmission channel, going down"),
  idle: closing("4.4.2", "Nothing came for too long, closing transmission channel"),
  lineTooLong: closing("4.5.2", "Command line too long, closing transmission channel"),
  tooManyErrors: closing("4.7.0", "Too many errors, closing transmission channel"),
  tooManyFailures: closing("4.7.0", "Too many failures from your address, try again later"),
  tooManyFromAddress: closing("4.7.0", "Too many connections from your address, try again later"),
  madeRoom: closing("4.3.2", "Others want to connect too, try again later"),
  tooManyCommands: closing(
    "4.7.0",
    "Too many commands for one message, closing transmission channel",
  ),
  tooSlow: closing("4.4.2", "The message comes too slowly, closing transmission channel"),
  tooLong: closing("4.4.2", "The session takes too long, closing transmission channel"),
  tooEarly: closing("4.5.1", "Wait for the greeting, closing transmission channel"),
  noHttp: closing("4.5.2", "This is not a web server, closing transmission channel"),

  internalError: reply(451, "4.3.0 Local error in processing, try again later"),
  atrnRefused: (reason: string) => reply(450, `4.7.1 ATRN request refused: ${reason}`),
  atrnUnavailable: (reason: string) =>
    reply(451, `4.3.0 Unable to process ATRN request now: ${reason}`),
  noMail: reply(453, "4.0.0 You have no mail"), // RFC 2645 section 7.
  mailBomb: reply(450, "4.7.1 Too many messages like this one, try again later"),
  temporary: (status: string, reason: string) => reply(451, `${status} ${reason}`),
  notStored: reply(451, "4.3.0 Cannot store the message now, try again later"),
  diskFull: reply(452, "4.3.1 Not enough room to store the message, try again later"),
  tooManyMessages: reply(451, "4.7.0 Too many messages from your address, try again in a minute"),
  mailboxFull: reply(452, "4.2.2 The mailbox is full, try again later"),
  cannotCheck: reply(454, "4.7.0 Cannot check passwords now, try again later"),
  tooManyRecipients: reply(452, "4.5.3 Too many recipients"),
  tooManyEtrn: reply(458, "4.7.0 Too many requests from your address, try again in a minute"),
  etrnFailed: (node: string) => reply(458, `4.3.0 Unable to queue messages for node ${node}`),
  etrnUnable: (node: string, reason: string) =>
    reply(458, `4.3.2 Unable to queue messages for node ${node}: ${reason}`),
  etrnRefused: (node: string, reason: string) =>
    reply(459, `4.7.1 Node ${node} not allowed: ${reason}`),

  noTls: reply(454, "4.7.0 TLS is not available now"),

  authTooLong: reply(500, "5.5.6 Response too long"),
  unknownCommand: reply(500, "5.5.2 Command not recognized"),
  etrnSyntax: reply(500, "5.5.2 Expected ETRN and one domain"), // RFC 1985 section 7.
  syntax: (what: string) => reply(501, `5.5.4 ${what}`),
  badHelo: reply(501, "5.5.4 Expected HELO or EHLO and the client's name"),
  noArgument: (verb: string) => reply(501, `5.5.4 ${verb} takes no argument`),
  badChunk: reply(501, "5.5.4 Expected BDAT octets [LAST], closing transmission channel"),
  badParameter: (name: string, expected: string) =>
    reply(501, `5.5.4 Bad value of parameter ${name}, expected ${expected}`),
  authSyntax: reply(501, "5.5.4 Expected AUTH PLAIN or AUTH LOGIN"),
  authBadBase64: reply(501, "5.5.2 Response is not base64"),
  authBadResponse: reply(501, "5.5.2 Response does not hold a name and a password"),
  authCancelled: reply(501, "5.7.0 Login cancelled"),
  badSender: reply(501, "5.1.7 Bad sender address syntax, expected MAIL FROM:<address>"),
  badRecipient: reply(501, "5.1.3 Bad recipient address syntax, expected RCPT TO:<address>"),
  notImplemented: reply(502, "5.5.1 Command not implemented"),
  tlsTwice: reply(503, "5.5.1 TLS is in use already"),
  authTwice: reply(503, "5.5.1 Logged in already"),
  nothingBehindAtrn: reply(503, "5.5.1 Nothing may follow ATRN before it is answered"),
  notDuringMail: reply(503, "5.5.1 Not while a message is under way"),
  chunksFirst: reply(503, "5.5.1 The message has begun with BDAT, end it with BDAT LAST or RSET"),
  helloFirst: reply(503, "5.5.1 Send HELO or EHLO first"),
  mailFirst: reply(503, "5.5.1 Send MAIL first"),
  nestedMail: reply(503, "5.5.1 A message is under way already"),
  rcptFirst: reply(503, "5.5.1 No valid recipients"),
  authUnknown: reply(504, "5.5.4 Mechanism not recognized, expected PLAIN or LOGIN"),
  noHelp: reply(504, "5.5.4 No help for that command"),
  authForAnother: reply(535, "5.7.8 Nobody may act for another user"),
  authNeedsTls: reply(538, "5.7.11 Passwords are taken over TLS only, send STARTTLS first"),
  authRequired: reply(530, "5.7.0 Authentication required"), // RFC 6409 section 4.3
  wrongPassword: reply(535, "5.7.8 User name or password is wrong"), // RFC 4954 section 6
  bannedSender: reply(550, "5.7.1 Mail from this sender is not taken"),
  bannedRecipient: reply(550, "5.7.1 Mail for this recipient is not taken"),
  expnRefused: reply(550, "5.7.1 Lists are not shown"),
  refused: (status: string, reason: string) => reply(550, `${status} ${reason}`),
  filtered: (rule: number) => reply(550, `5.7.1 Message refused by filter rule ${rule}`),
  bareNewline: reply(550, "5.6.0 A LF stands without its CR, lines must end with CRLF"),
  dotBetweenReturns: reply(550, "5.6.0 A dot stands between two CR, lines must end with CRLF"),
  tooLarge: (maxOctets: number) =>
    reply(552, `5.3.4 Message larger than ${maxOctets} octets, which is the limit here`),
  headerTooLarge: (maxOctets: number) =>
    reply(552, `5.3.4 Message header larger than ${maxOctets} octets, which is the limit here`),
  needsSmtpUtf8: reply(553, "5.6.7 An address with such characters needs SMTPUTF8"),
  bannedAddress: ({ hostname }: SmtpdOptions) =>
    reply(554, `5.7.1 ${hostname} No mail is taken from your address`),
  mailLoop: reply(554, "5.4.6 Too many Received lines, the message goes in a circle"),
  unknownParameter: (name: string) => reply(555, `5.5.4 Parameter not recognized: ${name}`),
};

/** The protocol library's own words, and what this server says instead. */
const INSTEAD = new Map<string, Reply | ((options: SmtpdOptions) => Reply)>([
  ["250 OK", replies.noopOk],
  ["250 Flushed", replies.rsetOk],
  ["354 End data with <CR><LF>.<CR><LF>", replies.startMail],
  ["421 HTTP requests not allowed", replies.noHttp],
  ["421 Error: too many unrecognized commands", replies.tooManyErrors],
  ["451 Error: internal server error", replies.internalError],
  ["500 Error: command not recognized", replies.unknownCommand],
  ["501 Error: Syntax: HELO hostname", replies.badHelo],
  ["501 Error: syntax: EHLO hostname", replies.badHelo],
  ["501 Error: Bad hostname syntax", replies.badHelo],
  ["503 Error: send HELO/EHLO first", replies.helloFirst],
  ["503 Error: nested MAIL command", replies.nestedMail],
  ["503 Error: need MAIL command", replies.mailFirst],
  ["503 Error: need RCPT command", replies.rcptFirst],
]);

/** Puts a reply of the library into this server's words. Ours come through here unchanged. */
export function inOurWords(code: number, text: string, options: SmtpdOptions): Reply {
  const instead = text.endsWith("You talk too soon")
    ? replies.tooEarly
    : INSTEAD.get(`${code} ${text}`);
  if (instead !== undefined) return typeof instead === "function" ? instead(options) : instead;
  if (code < 400 || /^\d\.\d+\.\d+ /.test(text)) return reply(code, text);
  return reply(code, `${Math.floor(code / 100)}.5.4 ${text.replace(/^Error: /, "")}`);
}

/** RFC 5321 section 4.5.3.1.5: 512 octets, with the code, what follows it, and the line end. */
const MAX_TEXT_OCTETS = 512 - 6;

/** The text of a line, cut where it would be too long: names in it may be. */
export function replyLine(text: string): string {
  if (3 * text.length <= MAX_TEXT_OCTETS) return text;
  const octets = new TextEncoder().encode(text);
  if (octets.length <= MAX_TEXT_OCTETS) return text;
  return new TextDecoder().decode(octets.subarray(0, MAX_TEXT_OCTETS)).replace(/\uFFFD+$/, "");
}

function reply(code: number, text: string | readonly string[]): Reply {
  return { code, text };
}

/** 421 names the host first (RFC 5321 section 4.2.3); the connection ends after it. */
function closing(status: string, text: string): (options: SmtpdOptions) => Reply {
  return ({ hostname }) => reply(421, `${status} ${hostname} ${text}`);
}
