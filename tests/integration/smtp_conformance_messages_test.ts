/** Messages, in whole and in chunks, as smtp_conformance_test.ts has the other cases. */
import {
  type Case,
  conforms,
  DATA,
  HELLO,
  MAIL,
  NOOP,
  RCPT,
  START,
  stored,
} from "../support/smtp_conformance.ts";

const BARE = "S: 550 5.6.0 A LF stands without its CR, lines must end with CRLF";

/** DATA (RFC 5321 sections 4.1.1.4 and 4.5.2) and pipelining (RFC 2920). */
const MESSAGES: readonly Case[] = [
  {
    name: "an empty message",
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...DATA, "C: .", stored("Q1")],
    taken: ["a@b.test -> bob@office.test: "],
  },
  {
    name: "dots",
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...DATA]
      .concat("C> ..\\r\\n...\\r\\n.x\\r\\n..\\r\\n", "C: .", stored("Q1")),
    taken: ["a@b.test -> bob@office.test: .\r\n..\r\nx\r\n.\r\n"],
  },
  {
    name: "everything in one write, twice",
    dialogue: [
      ...["C. EHLO x", "C. MAIL FROM:<a@b.test>", "C. RCPT TO:<bob@office.test>", "C. DATA"],
      ...["C. one", "C. .", "C. MAIL FROM:<>", "C. RCPT TO:<bob@office.test>", "C. DATA"],
      ...["C. two", "C. .", "C: NOOP"],
      ...["S* 250", MAIL[1]!, RCPT[1]!, START, stored("Q1"), MAIL[1]!, RCPT[1]!, START],
      ...[stored("Q2"), NOOP[1]!],
    ],
    taken: ["a@b.test -> bob@office.test: one\r\n", " -> bob@office.test: two\r\n"],
  },
  {
    name: "DATA pipelined behind refusals: the message is read as commands",
    dialogue: [
      ...[...HELLO, "C. MAIL FROM:<a@b.test>", "C. RCPT TO:<nobody@office.test>", "C. DATA"],
      ...["C. Subject: x", "C: ."],
      ...[MAIL[1]!, "S: 550 5.1.1 No such user here", "S: 503 5.5.1 No valid recipients"],
      ...Array<string>(2).fill("S: 500 5.5.2 Command not recognized"),
    ],
  },
  {
    name: "RSET pipelined",
    dialogue: [...HELLO, "C. MAIL FROM:<a@b.test>", "C. RSET", "C: MAIL FROM:<>", MAIL[1]!]
      .concat("S: 250 Command RSET OK", MAIL[1]!),
  },
  ...["\\n.\\n", "\\n.\\r\\n", "\\r\\n.\\n", "\\n\\n.\\r\\n"].map((end) => ({
    name: `${end} does not end a message, and spoils it`,
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...DATA]
      .concat(`C> x${end}MAIL FROM:<evil@x.test>\\r\\n.\\r\\n`, "C: NOOP", BARE, NOOP[1]!),
  })),
  {
    name: "\\r.\\r does not end a message, and spoils it",
    dialogue: [...HELLO, ...MAIL, ...RCPT, ...DATA]
      .concat("C> x\\r.\\rMAIL FROM:<evil@x.test>\\r\\n.\\r\\n", "C: NOOP")
      .concat("S: 550 5.6.0 A dot stands between two CR, lines must end with CRLF", NOOP[1]!),
  },
];

/** BDAT (RFC 3030 section 2). */
const CHUNKS: readonly Case[] = [
  {
    name: "dots and line ends are what they are",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat(
        "C> BDAT 14 LAST\\r\\n.\\r\\n..\\r\\n\\r\\n.\\r\\n\\r\\n",
        "C: NOOP",
        stored("Q1"),
        NOOP[1]!,
      ),
    taken: ["a@b.test -> bob@office.test: .\r\n..\r\n\r\n.\r\n\r\n"],
  },
  {
    name: "one octet a chunk",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat("C> BDAT 1\\r\\nxBDAT 1\\r\\n\\rBDAT 1\\r\\n\\nBDAT 0 LAST\\r\\n", "C: NOOP")
      .concat(
        Array<string>(3).fill("S: 250 Command BDAT 1 octets received"),
        stored("Q1"),
        NOOP[1]!,
      ),
    taken: ["a@b.test -> bob@office.test: x\r\n"],
  },
  {
    name: "a LF without its CR is refused here too",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat("C> BDAT 4 LAST\\r\\nx\\ny\\n", "C: NOOP", BARE, NOOP[1]!),
  },
  {
    name: "a chunk that looks like commands",
    dialogue: [
      ...HELLO,
      "C> BDAT 30 LAST\\r\\nQUIT\\r\\nMAIL FROM:<evil@x>\\r\\n\\r\\n\\r\\n",
      "C: NOOP",
    ]
      .concat("S: 503 5.5.1 No valid recipients", NOOP[1]!),
  },
  {
    name: "chunks behind one that failed",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat("C> BDAT 4 LAST\\r\\nx\\ny\\nBDAT 5\\r\\nQUIT\\n", "C: NOOP")
      .concat(BARE, "S: 503 5.5.1 No valid recipients", NOOP[1]!),
  },
  {
    name: "BDAT LAST twice",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat("C> BDAT 2 LAST\\r\\n\\r\\nBDAT 2 LAST\\r\\n\\r\\n", "C: NOOP", stored("Q1"))
      .concat("S: 503 5.5.1 No valid recipients", NOOP[1]!),
    taken: ["a@b.test -> bob@office.test: \r\n"],
  },
  {
    name: "RSET between chunks",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat(
        "C> BDAT 3\\r\\nx\\r\\nRSET\\r\\n",
        "C: NOOP",
        "S: 250 Command BDAT 3 octets received",
      )
      .concat("S: 250 Command RSET OK", NOOP[1]!, MAIL, RCPT)
      .concat("C> BDAT 3 LAST\\r\\ny\\r\\n", "C: NOOP", stored("Q1"), NOOP[1]!),
    taken: ["a@b.test -> bob@office.test: y\r\n"],
  },
  {
    name: "a chunk that nobody would read to its end",
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat("C: BDAT 70000000 LAST")
      .concat("S: 552 5.3.4 Message larger than 100000 octets, which is the limit here", "S! ."),
  },
  ...["BDAT", "BDAT x", "BDAT -1", "BDAT 5 FIRST", "BDAT 5 LAST now"].map((line) => ({
    name: `${line}: nobody knows where it ends`,
    dialogue: [...HELLO, ...MAIL, ...RCPT]
      .concat(`C. ${line}`, "C: RSET")
      .concat("S: 501 5.5.4 Expected BDAT octets [LAST], closing transmission channel", "S! ."),
  })),
];

conforms("messages", MESSAGES);
conforms("chunks", CHUNKS);
