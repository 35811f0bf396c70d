/**
 * Cases of SMTP's standards, played against a server of their own each.
 *
 * @module
 */
import { deepStrictEqual } from "node:assert/strict";
import { startTestSmtpd } from "./smtpd.ts";
import { play } from "./transcript.ts";

/** What a client sends, and every reply, word for word. */
export interface Case {
  readonly name: string;
  /** As support/transcript.ts has it; the greeting comes before it, QUIT after it unless `S!` ends it. */
  readonly dialogue: readonly string[];
  /** `sender -> recipient,...: body` of what was taken. */
  readonly taken?: readonly string[];
}

/** Steps that most cases begin with. */
export const HELLO = ["C: EHLO tosh.com", "S* 250"];
/** A sender. */
export const MAIL = ["C: MAIL FROM:<a@b.test>", "S: 250 Command MAIL OK"];
/** A recipient who exists. */
export const RCPT = ["C: RCPT TO:<bob@office.test>", "S: 250 Command RCPT User found OK"];
/** The reply to DATA. */
export const START = "S: 354 Command DATA Start mail input; end with <CRLF>.<CRLF>";
/** From here on a message. */
export const DATA = ["C: DATA", START];
/** Shows that the session goes on in step. */
export const NOOP = ["C: NOOP", "S: 250 Command NOOP OK"];
/** The reply to a message that was stored. */
export const stored = (id: string) => `S: 250 Command DATA Processed mail data Ok ${id}`;

/** Plays each case of a group. */
export function conforms(group: string, cases: readonly Case[]): void {
  Deno.test(`smtpd keeps to the standards: ${group}`, async (t) => {
    for (const { name, dialogue, taken = [] } of cases) {
      await t.step(name, async () => {
        await using server = await startTestSmtpd();
        using conn = await server.connect();
        const end = dialogue.at(-1) === "S! ." ? [] : ["C: QUIT", "S~ 221 Command QUIT", "S! ."];
        await play(["S~ 220", ...dialogue, ...end].join("\n"), conn);
        const text = new TextDecoder();
        deepStrictEqual(
          server.queue.messages.map(({ envelope: { sender, recipients }, body }) =>
            `${sender} -> ${recipients.map(({ address }) => address)}: ${text.decode(body)}`
          ),
          taken,
        );
      });
    }
  });
}
