/**
 * Plays a recorded dialogue against a server and checks every reply.
 *
 * ```text
 * # A comment.
 * S~ 220          a reply line that starts with this
 * S* 250          a reply, one line or several, of this code
 * C: NOOP         sent as is, with CRLF
 * C. NOOP         held back and sent together with the next C: line (pipelining)
 * C> a\r\0\xff    as C., but just these octets: \r \n \0 \\ and \xNN stand for one each
 * S: 250 OK       a reply line, compared in full
 * S! .            the server closes the connection
 * ```
 *
 * `${name}` in a line is replaced from `values`.
 *
 * @module
 */
import { match, strictEqual } from "node:assert/strict";

/** Plays `script` on `conn` until its end; throws at the first difference. */
export async function play(
  script: string,
  conn: Deno.Conn,
  values: Readonly<Record<string, string>> = {},
): Promise<void> {
  const replies = lines(conn.readable);
  let heldBack: number[] = [];
  for (const [index, raw] of script.split("\n").entries()) {
    const step = raw.replaceAll(/\$\{(\w+)\}/g, (all, name) => values[name] ?? all);
    const [kind, text] = [step.slice(0, 2), step.slice(3)];
    const where = `line ${index + 1}: ${step}`;
    if (kind === "C.") {
      heldBack.push(...ENCODER.encode(text + "\r\n"));
    } else if (kind === "C>") {
      heldBack.push(...unescaped(text));
    } else if (kind === "C:") {
      await conn.write(Uint8Array.of(...heldBack, ...ENCODER.encode(text + "\r\n")));
      heldBack = [];
    } else if (kind === "S*") {
      await skipReply(replies, text, where);
    } else if (kind === "S:") {
      strictEqual((await replies.next()).value, text, where);
    } else if (kind === "S~") {
      match(String((await replies.next()).value), new RegExp("^" + RegExp.escape(text)), where);
    } else if (kind === "S!") {
      strictEqual((await replies.next()).done, true, where);
    } else if (step.trim() !== "" && !step.startsWith("#")) {
      throw new SyntaxError(`Cannot parse transcript, ${where}`);
    }
  }
}

const ENCODER = new TextEncoder();

const ESCAPES: Readonly<Record<string, string>> = { r: "\r", n: "\n", 0: "\0", "\\": "\\" };

function unescaped(text: string): number[] {
  return text.split(/(\\x[\da-f]{2}|\\.)/i).flatMap((part) => {
    if (/^\\x/i.test(part)) return [parseInt(part.slice(2), 16)];
    return [...ENCODER.encode(part.startsWith("\\") ? ESCAPES[part.slice(1)] ?? "" : part)];
  });
}

async function skipReply(replies: AsyncIterator<string>, code: string, where: string) {
  let line: string;
  do {
    line = String((await replies.next()).value);
    strictEqual(line.slice(0, 3), code, where);
  } while (line[3] === "-");
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of stream) {
    const parts = (pending + decoder.decode(chunk, { stream: true })).split("\r\n");
    pending = parts.pop()!;
    yield* parts;
  }
}
