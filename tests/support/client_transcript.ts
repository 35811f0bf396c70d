/**
 * Plays the server's side of a recorded dialogue for a client, and checks every line it sends.
 *
 * ```text
 * # A comment.
 * S: +OK ready    sent as is, with CRLF
 * C: QUIT         what the client must send, compared in full
 * C! .            the client closes the connection
 * S! .            the server closes the connection
 * ```
 *
 * Nothing is sent before all `C:` lines above it have come: a client that must send several in one
 * go, and waits for a reply instead, is found out by its own time limit.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { LineReader, systemNet } from "../../src/platform/mod.ts";

/** A server that plays a dialogue with the first client that connects. */
export interface TranscriptServer {
  readonly port: number;
  /** Rejects with the first difference. */
  readonly played: Promise<void>;
}

/** Serves `script` on 127.0.0.1. */
export function serveTranscript(script: string): TranscriptServer {
  const listener = systemNet.listen({ host: "127.0.0.1", port: 0 });
  const play = async () => {
    using _listening = listener;
    for await (const connection of listener) {
      using client = connection;
      const lines = new LineReader(client, { maxLineOctets: 1024 });
      let unsent = "";
      const send = async () => {
        await client.write(new TextEncoder().encode(unsent));
        unsent = "";
      };
      for (const [index, step] of script.split("\n").entries()) {
        const [kind, text] = [step.slice(0, 2), step.slice(3)];
        const where = `line ${index + 1}: ${step}`;
        if (kind === "S:") unsent += `${text}\r\n`; // Together: where they are cut is not chance.
        else if (unsent !== "" && /^[CS]/.test(kind)) await send();
        if (kind === "S:") continue;
        if (kind === "C:") strictEqual(await textOf(lines), text, where);
        else if (kind === "C!") strictEqual(await textOf(lines), undefined, where);
        else if (kind === "S!") return;
        else if (step.trim() !== "" && !step.startsWith("#")) {
          throw new SyntaxError(`Cannot parse transcript, ${where}`);
        }
      }
      return;
    }
  };
  return { port: listener.local.port, played: play() };
}

async function textOf(lines: LineReader): Promise<string | undefined> {
  const line = await lines.readLine();
  return line && new TextDecoder().decode(line);
}
