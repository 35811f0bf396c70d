import { replies, type Reply } from "./replies.ts";

/** How each command is written; what stands in brackets may be left out. */
const SYNTAX: Readonly<Record<string, string>> = {
  HELO: "HELO name",
  EHLO: "EHLO name",
  STARTTLS: "STARTTLS",
  AUTH: "AUTH PLAIN|LOGIN [response]",
  MAIL: "MAIL FROM:<address> [SIZE=octets] [BODY=7BIT|8BITMIME] [SMTPUTF8] [RET=FULL|HDRS] " +
    "[ENVID=text]",
  RCPT: "RCPT TO:<address> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]",
  DATA: "DATA",
  BDAT: "BDAT octets [LAST]",
  RSET: "RSET",
  NOOP: "NOOP [text]",
  VRFY: "VRFY name",
  EXPN: "EXPN name",
  ETRN: "ETRN domain|@domain",
  ATRN: "ATRN [domain,domain]",
  HELP: "HELP [command]",
  QUIT: "QUIT",
};

/**
 * Answers `HELP [command]` (RFC 5321 section 4.1.1.8).
 *
 * @param isOffered Whether a command may be used by who asks; of one that may not nothing is said.
 */
export function helpReply(
  line: string,
  isOffered: (verb: string) => boolean = () => true,
): Reply {
  const [, topic] = line.trim().split(/\s+/);
  const known = Object.keys(SYNTAX).filter(isOffered);
  if (topic === undefined) return replies.help(known);
  const syntax = known.includes(topic.toUpperCase()) ? SYNTAX[topic.toUpperCase()] : undefined;
  return syntax === undefined ? replies.noHelp : replies.helpOn(syntax);
}
