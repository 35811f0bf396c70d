import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { createFilters } from "../../../../src/domain/filter/mod.ts";
import type { Submission } from "../../../../src/domain/queue/mod.ts";
import { parseFilterFile } from "../../../../src/formats/filter_file.ts";
import type { Chunks, Log } from "../../../../src/platform/mod.ts";
import type { Content } from "../../../../src/servers/smtpd/mod.ts";
import { receiveMessage } from "../../../../src/servers/smtpd/receive.ts";
import type { QueueId } from "../../../../src/store/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { octetsOf } from "../../../support/octet_text.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";
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
  { submit = storing, log = silentLog, content }: {
    submit?: Submit;
    log?: Log;
    content?: Content;
  } = {},
): Promise<string> {
  const reply = await receiveMessage({
    envelope: { sender: "a@b.test", recipients: [{ address: "bob@office.test" }] },
    client: clientOf(),
    extended: true,
    body,
  }, { options: SMALL, queue: { submit }, content, clock: new ManualClock(), log });
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

/** Content rules: `rules` are lines of a filter file, `bomb` suspects every message. */
function contentOf({ rules = "", bomb = false, footer = "", recipientHeader = "" }): Content {
  const file = parseFilterFile(new TextEncoder().encode(rules));
  return {
    bombs: {
      judge: ({ header }) =>
        Promise.resolve(
          bomb ? { kind: "suspected" } : { kind: "unsuspected", message: header },
        ),
    },
    filters: createFilters({ rules: file.rules, clock: new ManualClock(), log: silentLog }),
    footers: footer === "" ? [] : [{ domains: ["b.test"], text: footer }],
    recipientHeader,
  };
}

/** A queue that keeps the text of what it stores. */
function keeping(): { submit: Submit; texts: string[] } {
  const texts: string[] = [];
  const submit: Submit = async (submission, body) => {
    const id = await storing(submission, [octetsOf("")]);
    texts.push((submission.trace?.(id) ?? "") + await collected(body));
    return id;
  };
  return { submit, texts };
}

Deno.test("receiveMessage() tells the client a rule's number, and the log its text too", async (t) => {
  const rules = "reject Subject: *y*\nreject body free offer";
  const cases = [
    {
      name: "a header rule",
      parts: ["Subject: xyz\r\n", "\r\n"],
      rule: 1,
      text: "reject Subject: *y*",
    },
    {
      name: "a body rule over two chunks",
      parts: ["S: x\r\n\r\na FREE", " offer\r\n", "more\r\n"],
      rule: 2,
      text: "reject body free offer",
    },
  ];
  for (const { name, parts, rule, text } of cases) {
    await t.step(name, async () => {
      const log = new RememberingLog();
      const content = contentOf({ rules });
      strictEqual(
        await receive(chunks(...parts), { submit: wrapping, log, content }),
        `550 5.7.1 Message refused by filter rule ${rule}`,
      );
      const about = { from: "a@b.test", to: "bob@office.test", client: "10.0.0.9" };
      assertEquals(log.entries, [{
        level: "info",
        event: "Refused a message by a filter",
        fields: { ...about, rule, text },
      }]);
    });
  }
});

Deno.test("receiveMessage() refuses a mail bomb for now, unread", async () => {
  const { submit, texts } = keeping();
  const content = contentOf({ bomb: true });
  match(await receive(chunks("S: x\r\n\r\n"), { submit, content }), /^450 4\.7\.1 Too many mess/);
  assertEquals(texts, []);
});

Deno.test("receiveMessage() stores no recipient header that is not its own", async () => {
  const { submit, texts } = keeping();
  const forged =
    "x-recip-to: boss@office.test,\r\n\tx@y\r\nDate: d\r\nMessage-ID: <i>\r\n\r\nHi\r\n";
  const content = contentOf({ recipientHeader: "X-Recip-To", footer: "Bye" });
  match(await receive(chunks(forged), { submit, content }), /^250 /);
  const [text = ""] = texts;
  strictEqual(
    text.slice(text.indexOf("X-Recip-To")),
    "X-Recip-To: bob@office.test\r\nDate: d\r\nMessage-ID: <i>\r\n\r\nHi\r\nBye\r\n",
  );
});

Deno.test("receiveMessage() leaves a message alone that no rule is about", async () => {
  const { submit, texts } = keeping();
  const parts = ["X-Recip-To: c@d\r\nDate: d\r\nMessage-ID: <i>\r\n", "\r\n\0\r\x80\r\n"];
  match(await receive(chunks(...parts), { submit, content: contentOf({}) }), /^250 /);
  strictEqual(texts[0]?.endsWith(parts.join("")), true);
});
