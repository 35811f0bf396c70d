/**
 * One row a case: what a client sends, and every reply, word for word. The cases are those that
 * other servers are tested with as well: RFC 5321 and its extensions, and what clients get wrong.
 */
import {
  type Case,
  conforms,
  DATA,
  HELLO,
  MAIL,
  NOOP,
  RCPT,
  stored,
} from "../support/smtp_conformance.ts";

const BAD_HELO = "S: 501 5.5.4 Expected HELO or EHLO and the client's name";
const BAD_SENDER = "S: 501 5.1.7 Bad sender address syntax, expected MAIL FROM:<address>";
const BAD_RECIPIENT = "S: 501 5.1.3 Bad recipient address syntax, expected RCPT TO:<address>";

/** A greeting: HELO and EHLO (RFC 5321 section 4.1.1.1). */
const GREETINGS: readonly Case[] = [
  { name: "HELO", dialogue: ["C: HELO x", "S: 250 office.test. Hello x (127.0.0.1)"] },
  {
    name: "lower case, and a blank at the end",
    dialogue: ["C: helo x ", "S: 250 office.test. Hello x (127.0.0.1)"],
  },
  { name: "HELO without a name", dialogue: ["C: HELO", BAD_HELO] },
  { name: "EHLO without a name", dialogue: ["C: EHLO ", BAD_HELO] },
  { name: "two names", dialogue: ["C: EHLO a b", BAD_HELO] },
  {
    name: "an address literal",
    dialogue: ["C: HELO [192.0.2.7]", "S: 250 office.test. Hello [192.0.2.7] (127.0.0.1)"],
  },
  {
    name: "an IPv6 literal",
    dialogue: ["C: HELO [IPv6:fe80::1]", "S: 250 office.test. Hello [ipv6:fe80::1] (127.0.0.1)"],
  },
  {
    name: "a machine's name as Windows gives it",
    dialogue: ["C: HELO PC_4", "S: 250 office.test. Hello pc_4 (127.0.0.1)"],
  },
  {
    name: "a name with a control",
    dialogue: ["C> HELO a\\x07b\\r\\n", "C: NOOP", BAD_HELO].concat(NOOP[1]!),
  },
  {
    name: "a name with NUL",
    dialogue: ["C> HELO a\\0b\\r\\n", "C: NOOP", BAD_HELO].concat(NOOP[1]!),
  },
  { name: "a name of 301 characters", dialogue: [`C: HELO ${"a".repeat(301)}`, BAD_HELO] },
  {
    name: "LHLO is another protocol",
    dialogue: ["C: LHLO x", "S: 500 5.5.2 Command not recognized"],
  },
  {
    name: "a second EHLO gives the message up",
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...HELLO, "C: DATA", "S: 503 5.5.1 No valid recipients"],
  },
  {
    name: "a bad EHLO changes nothing",
    dialogue: [...HELLO, ...MAIL, "C: EHLO", BAD_HELO, ...RCPT],
  },
  {
    name: "MAIL, RCPT, DATA and BDAT before any",
    dialogue: [
      ...["C: MAIL FROM:<a@b.test>", "S: 503 5.5.1 Send HELO or EHLO first"],
      ...["C: RCPT TO:<bob@office.test>", "S: 503 5.5.1 Send HELO or EHLO first"],
      ...["C: DATA", "S: 503 5.5.1 Send HELO or EHLO first"],
      ...["C: BDAT 0 LAST", "S: 503 5.5.1 Send HELO or EHLO first"],
    ],
  },
];

/** Lines and words of commands (RFC 5321 section 2.4). */
const COMMANDS: readonly Case[] = [
  { name: "NOOP with words", dialogue: ["C: NOOP are you there", "S: 250 Command NOOP OK"] },
  { name: "NOOP before EHLO, RSET too", dialogue: [...NOOP, "C: RSET", "S: 250 Command RSET OK"] },
  { name: "RSET with words", dialogue: ["C: RSET all", "S: 501 5.5.4 RSET takes no argument"] },
  { name: "QUIT with words", dialogue: ["C: QUIT now", "S: 501 5.5.4 QUIT takes no argument"] },
  {
    name: "DATA with words",
    dialogue: [...HELLO, ...MAIL, ...RCPT, "C: DATA x", "S: 501 5.5.4 DATA takes no argument"],
  },
  { name: "an empty line", dialogue: ["C: ", "S: 500 5.5.2 Command not recognized", ...NOOP] },
  { name: "blanks first", dialogue: ["C:  NOOP", "S: 500 5.5.2 Command not recognized"] },
  { name: "8 bits", dialogue: ["C: NÖÖP", "S: 500 5.5.2 Command not recognized", ...NOOP] },
  {
    name: "octets that are no UTF-8",
    dialogue: [
      "C> \\xff\\xfe\\xfd\\r\\n",
      "C: NOOP",
      "S: 500 5.5.2 Command not recognized",
      NOOP[1]!,
    ],
  },
  {
    name: "NUL",
    dialogue: ["C> NO\\0OP\\r\\n", "C: NOOP", "S: 500 5.5.2 Command not recognized", NOOP[1]!],
  },
  {
    name: "a lone CR does not end a command",
    dialogue: ["C> NOOP\\rRSET\\r\\n", "C: NOOP", "S: 500 5.5.2 Command not recognized", NOOP[1]!],
  },
  {
    name: "a lone LF does, as old programs write it",
    dialogue: ["C> NOOP\\nNOOP\\n", "C: NOOP", NOOP[1]!, NOOP[1]!, NOOP[1]!],
  },
  {
    name: "ten commands that nobody knows",
    dialogue: [
      ...Array<string[]>(9).fill(["C: X", "S: 500 5.5.2 Command not recognized"]).flat(),
      ...["C: X", "S: 421 4.7.0 office.test Too many errors, closing transmission channel", "S! ."],
    ],
  },
  {
    name: "fifty refusals",
    dialogue: [
      ...Array<string[]>(49).fill(["C: DATA 1", "S: 501 5.5.4 DATA takes no argument"]).flat(),
      ...["C: DATA 1", "S: 501 5.5.4 DATA takes no argument"],
      ...["S: 421 4.7.0 office.test Too many errors, closing transmission channel", "S! ."],
    ],
  },
  {
    name: "a command line without an end",
    dialogue: [
      `C: ${"x".repeat(4097)}`,
      "S: 421 4.5.2 office.test Command line too long, closing transmission channel",
      "S! .",
    ],
  },
  { name: "a command line of 4096 octets", dialogue: [`C: NOOP ${"x".repeat(4091)}`, NOOP[1]!] },
  {
    name: "commands behind QUIT",
    dialogue: [
      ...HELLO,
      ...["C. QUIT", "C. MAIL FROM:<a@b.test>", "C: NOOP"],
      "S: 221 Command QUIT office.test Service closing transmission channel to tosh.com",
      "S! .",
    ],
  },
  {
    name: "a web browser",
    dialogue: [
      "C: GET / HTTP/1.1",
      "S: 421 4.5.2 office.test This is not a web server, closing transmission channel",
      "S! .",
    ],
  },
  { name: "XCLIENT", dialogue: ["C: XCLIENT NAME=x", "S: 500 5.5.2 Command not recognized"] },
  { name: "XFORWARD", dialogue: ["C: XFORWARD NAME=x", "S: 500 5.5.2 Command not recognized"] },
  { name: "TURN", dialogue: ["C: TURN", "S: 502 5.5.1 Command not implemented"] },
  { name: "ATRN", dialogue: ["C: ATRN office.test", "S: 502 5.5.1 Command not implemented"] },
  { name: "SEND", dialogue: ["C: SEND FROM:<a@b.test>", "S: 500 5.5.2 Command not recognized"] },
  {
    name: "a method of objects",
    dialogue: ["C: constructor", "S: 500 5.5.2 Command not recognized"],
  },
];

/** MAIL and RCPT (RFC 5321 sections 4.1.1.2 and 4.1.1.3). */
const PATHS: readonly Case[] = [
  {
    name: "MAIL without FROM",
    dialogue: [...HELLO, "C: MAIL", BAD_SENDER, "C: MAIL TO:<a@b.test>", BAD_SENDER],
  },
  { name: "no address", dialogue: [...HELLO, "C: MAIL FROM:", BAD_SENDER] },
  { name: "a bounce", dialogue: [...HELLO, "C: MAIL FROM:<>", "S: 250 Command MAIL OK", ...RCPT] },
  { name: "blanks around the colon", dialogue: [...HELLO, "C: mail from : <a@b.test>", MAIL[1]!] },
  { name: "no brackets", dialogue: [...HELLO, "C: MAIL FROM:a@b.test", MAIL[1]!] },
  { name: "half a bracket", dialogue: [...HELLO, "C: MAIL FROM:<a@b.test", BAD_SENDER] },
  { name: "brackets twice", dialogue: [...HELLO, "C: MAIL FROM:<<a@b.test>>", BAD_SENDER] },
  {
    name: "a source route",
    dialogue: [...HELLO, "C: MAIL FROM:<@x.test,@y.test:a@b.test>", MAIL[1]!],
  },
  { name: "a quoted name", dialogue: [...HELLO, 'C: MAIL FROM:<"a b>"@b.test>', MAIL[1]!] },
  { name: "two at signs", dialogue: [...HELLO, "C: MAIL FROM:<a@b@c.test>", BAD_SENDER] },
  { name: "a literal", dialogue: [...HELLO, "C: MAIL FROM:<a@[192.0.2.1]>", MAIL[1]!] },
  { name: "a sender without a domain", dialogue: [...HELLO, "C: MAIL FROM:<a>", BAD_SENDER] },
  {
    name: "NUL in an address",
    dialogue: [...HELLO, "C> MAIL FROM:<a\\0@b.test>\\r\\n", "C: NOOP", BAD_SENDER, NOOP[1]!],
  },
  {
    name: "octets that are no UTF-8 in an address",
    dialogue: [
      ...HELLO,
      "C> MAIL FROM:<\\xe4@b.test> SMTPUTF8\\r\\n",
      "C: NOOP",
      BAD_SENDER,
      NOOP[1]!,
    ],
  },
  {
    name: "UTF-8 without SMTPUTF8",
    dialogue: [...HELLO, "C: MAIL FROM:<ä@b.test>"]
      .concat("S: 553 5.6.7 An address with such characters needs SMTPUTF8"),
  },
  { name: "UTF-8 with it", dialogue: [...HELLO, "C: MAIL FROM:<ä@b.test> SMTPUTF8", MAIL[1]!] },
  {
    name: "a path that is too long",
    dialogue: [...HELLO, `C: MAIL FROM:<${"a".repeat(300)}@b.test>`, BAD_SENDER],
  },
  {
    name: "MAIL twice",
    dialogue: [...HELLO, ...MAIL, "C: MAIL FROM:<>", "S: 503 5.5.1 A message is under way already"],
  },
  {
    name: "RCPT first",
    dialogue: [...HELLO, "C: RCPT TO:<bob@office.test>", "S: 503 5.5.1 Send MAIL first"],
  },
  { name: "RCPT for nobody", dialogue: [...HELLO, ...MAIL, "C: RCPT TO:<>", BAD_RECIPIENT] },
  {
    name: "RCPT FROM",
    dialogue: [...HELLO, ...MAIL, "C: RCPT FROM:<bob@office.test>", BAD_RECIPIENT],
  },
  {
    name: "postmaster alone",
    dialogue: [...HELLO, ...MAIL, "C: RCPT TO:<POSTMASTER>", "S: 251 Command RCPT OK"],
  },
  { name: "a name alone", dialogue: [...HELLO, ...MAIL, "C: RCPT TO:<bob>", BAD_RECIPIENT] },
  {
    name: "the same recipient twice",
    dialogue: [...HELLO, ...MAIL, ...RCPT, "C: RCPT TO:<BOB@OFFICE.TEST>", RCPT[1]!, ...DATA]
      .concat("C: .", stored("Q1")),
    taken: ["a@b.test -> BOB@OFFICE.TEST: "],
  },
  {
    name: "RCPT after the message",
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...DATA, "C: .", stored("Q1")]
      .concat("C: RCPT TO:<bob@office.test>", "S: 503 5.5.1 Send MAIL first"),
    taken: ["a@b.test -> bob@office.test: "],
  },
  {
    name: "a refused recipient leaves the others",
    dialogue: [
      ...HELLO,
      ...MAIL,
      "C: RCPT TO:<nobody@office.test>",
      "S: 550 5.1.1 No such user here",
    ]
      .concat(RCPT, DATA, "C: x", "C: .", stored("Q1")),
    taken: ["a@b.test -> bob@office.test: x\r\n"],
  },
  {
    name: "no recipient left",
    dialogue: [
      ...HELLO,
      ...MAIL,
      "C: RCPT TO:<nobody@office.test>",
      "S: 550 5.1.1 No such user here",
    ]
      .concat("C: DATA", "S: 503 5.5.1 No valid recipients"),
  },
];

conforms("greetings", GREETINGS);
conforms("commands", COMMANDS);
conforms("paths", PATHS);
