import { match, strictEqual } from "node:assert/strict";
import type { Submission } from "../../../../src/domain/queue/mod.ts";
import type { Chunks, Log } from "../../../../src/platform/mod.ts";
import { receiveMessage } from "../../../../src/servers/smtpd/receive.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { octetsOf } from "../../../support/octet_text.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { SMALL } from "../../../support/smtpd.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";

type Submit = (submission: Submission, body: Chunks) => Promise<QueueId>;

const storing: Submit = async (_submission, body) => {
  await collected(body as AsyncIterable<Uint8Array>);
  return "Q1" as QueueId;
};

/** A queue that does not say what was wrong with the body. */
const wrapping: Submit = (submission, body) =>
  storing(submission, body).catch((cause) => Promise.reject(new Error("Cannot store", { cause })));

async function receive(
  body: AsyncIterable<Uint8Array>,
  { submit = storing, log = silentLog }: { submit?: Submit; log?: Log } = {},
): Promise<string> {
  const reply = await receiveMessage({
    envelope: { sender: "a@b.test", recipients: [{ address: "bob@office.test" }] },
    client: clientOf(),
    extended: true,
    body,
  }, { options: SMALL, queue: { submit }, clock: new ManualClock(), log });
  return `${reply.code} ${reply.text}`;
}

async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield octetsOf(part);
}

async function* goneAfter(part: string): AsyncGenerator<Uint8Array> {
  yield octetsOf(part);
  throw new Error("Connection closed");
}

Deno.test("receiveMessage() accepts when the queue has", async () => {
  strictEqual(
    await receive(chunks("S: x\r\n", "\r\ny\r\n")),
    "250 Command DATA Processed mail data Ok Q1",
  );
});

Deno.test("receiveMessage() gives the body's own reason, however the queue puts it", async () => {
  match(await receive(chunks("S: x\r\n\r\n", "a\nb"), { submit: wrapping }), /^550 5\.6\.0/);
  const large = chunks("S: x\r\n\r\n", "y".repeat(100_000));
  match(await receive(large, { submit: wrapping }), /^552 5\.3\.4/);
});

Deno.test("receiveMessage() does not take a client that went away for a broken disk", async (t) => {
  for (const part of ["S: x", "S: x\r\n\r\nbody"]) {
    await t.step(JSON.stringify(part), async () => {
      const errors: string[] = [];
      const log = { ...silentLog, error: (event: string) => void errors.push(event) };
      match(await receive(goneAfter(part), { submit: wrapping, log }), /^451/);
      strictEqual(errors.length, 0);
    });
  }
});

Deno.test("receiveMessage() knows a full disk from a broken one", async () => {
  const fails = (error: Error): Submit => () => Promise.reject(error);
  const full = Object.assign(new Error("write"), { code: "ENOSPC" });
  match(await receive(chunks("S: x\r\n\r\n"), { submit: fails(full) }), /^452 4\.3\.1/);
  const broken = new Error("Input/output error (os error 5)");
  match(await receive(chunks("S: x\r\n\r\n"), { submit: fails(broken) }), /^451 4\.3\.0/);
});
