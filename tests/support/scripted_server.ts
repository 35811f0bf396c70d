/**
 * Plays the server's side of recorded dialogues.
 *
 * ```text
 * # A comment.
 * S: 220 ready    sent, with CRLF
 * S2 a|b          two lines, sent in one piece
 * C: MAIL FROM:   what the client must send, in full
 * C~ MAIL         what it must begin with
 * S!              the server closes the connection
 * ---             the next connection begins
 * ```
 *
 * @module
 */
import { LineConn } from "./line_conn.ts";

/** A server on 127.0.0.1 that knows one script. Disposing it ends it. */
export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** What did not go as written; empty when the client has come to the end of the script. */
  problems(): Promise<readonly string[]>;
}

/** Serves one connection after the other, as `script` says. */
export function serveScript(script: string): ScriptedServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const problems: string[] = [];
  const dialogues = script.split(/^---.*$/m);
  let played = 0;
  const done = (async () => {
    for await (const conn of listener) {
      conn.setNoDelay(true);
      using line = new LineConn(conn);
      const dialogue = dialogues[played++];
      const problem = dialogue === undefined
        ? "One connection more than expected"
        : await playServer(dialogue, line).catch(String);
      if (problem !== undefined) problems.push(problem);
    }
  })();
  const stop = () => {
    try {
      listener.close();
    } catch {
      // Closed before.
    }
  };
  return {
    port: (listener.addr as Deno.NetAddr).port,
    async problems() {
      stop();
      await done;
      return played < dialogues.length
        ? [...problems, `Only ${played} of ${dialogues.length} connections were made`]
        : problems;
    },
    async [Symbol.asyncDispose]() {
      stop();
      await done;
    },
  };
}

/** Plays one connection; resolves to what went wrong. */
async function playServer(dialogue: string, conn: LineConn): Promise<string | undefined> {
  for (const step of dialogue.split("\n")) {
    const [kind, text] = [step.slice(0, 2), step.slice(3)];
    if (kind === "S:") {
      await conn.write(`${text}\r\n`);
    } else if (kind === "S2") {
      await conn.write(`${text.replace("|", "\r\n")}\r\n`);
    } else if (kind === "C:") {
      const got = await conn.text();
      if (got !== text) return `Expected ${JSON.stringify(text)}, got ${JSON.stringify(got)}`;
    } else if (kind === "C~") {
      const got = await conn.text();
      if (!got?.startsWith(text)) {
        return `Expected ${JSON.stringify(text)}…, got ${JSON.stringify(got)}`;
      }
    } else if (kind === "S!") {
      return undefined;
    } else if (step.trim() !== "" && !/^[#=MLT]/.test(step)) {
      return `Cannot parse script: ${step}`;
    }
  }
  const more = await conn.text();
  return more === undefined ? undefined : `Expected the end, got ${JSON.stringify(more)}`;
}
