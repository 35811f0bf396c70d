import { match, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  checkedBody,
  readPast,
  RefusedMessage,
} from "../../../../src/servers/smtpd/checked_body.ts";
import { collected, cutAt, everyCut, mailishText } from "../../../support/chunks.ts";
import { octetsOf } from "../../../support/octet_text.ts";

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The body as it comes out, or the code and status of the refusal. */
async function checked(chunks: readonly Uint8Array[], maxOctets = 1000): Promise<string> {
  try {
    return await collected(checkedBody(stream(chunks), { maxOctets }));
  } catch (error) {
    if (!(error instanceof RefusedMessage)) throw error;
    return `${error.reply.code} ${String(error.reply.text).split(" ")[0]}`;
  }
}

Deno.test("checkedBody() passes lines on and refuses a LF without its CR, however it is cut", async (t) => {
  const refused = "550 5.6.0";
  const cases = [
    { body: "", want: "" },
    { body: "a\r\nb\r\n\r\n", want: "a\r\nb\r\n\r\n" },
    { body: "no end", want: "no end" },
    { body: "\0\x7f\r\n", want: "\0\x7f\r\n" },
    { body: "a\rb\r\n", want: "a\rb\r\n" },
    { body: "\r", want: "\r" },
    { body: "a\r\r\n", want: "a\r\r\n" },
    { body: "a\r\n\r", want: "a\r\n\r" },
    { body: "a\nb\r\n", want: refused },
    { body: "\n", want: refused },
    { body: "a\r\n\n", want: refused },
    { body: "a\n\r\n", want: refused },
    { body: "a\r\n.\n", want: refused },
    { body: "a\r.\r", want: refused },
    { body: "a\r.\r\n", want: refused },
    { body: "\r.\r\nMAIL FROM:<a@b>\r\n", want: refused },
    { body: "\r.b\r..\r\r\n", want: "\r.b\r..\r\r\n" },
    { body: "a\r\n.\r\nb", want: "a\r\n.\r\nb" }, // Unstuffed: the relay stuffs it again.
    { body: "\0.\0\x80\xff", want: "\0.\0\x80\xff" },
    { body: `${"x".repeat(900)}\r\n`, want: `${"x".repeat(900)}\r\n` },
  ];
  for (const { body, want } of cases) {
    await t.step(JSON.stringify(body), async () => {
      for (const chunks of [[octetsOf(body)], ...everyCut(octetsOf(body)).slice(-60)]) {
        strictEqual(await checked(chunks), want);
        strictEqual(await checked(chunks.flatMap((chunk) => [new Uint8Array(), chunk])), want);
      }
    });
  }
});

Deno.test("checkedBody() refuses exactly a LF without its CR, and a dot between two CR", async () => {
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 5 });
  await fc.assert(fc.asyncProperty(mailishText, cuts, async (text, cuts) => {
    const alone = /(?<!\r)\n|\r\.\r/.test(text);
    const got = await checked(cutAt(octetsOf(text), cuts), 10_000);
    if (alone) match(got, /^550 5\.6\.0/);
    else strictEqual(got.length, text.length);
  }));
});

Deno.test("checkedBody() refuses the octet that is too many", async () => {
  strictEqual(await checked([octetsOf("12345"), octetsOf("67890")], 10), "1234567890");
  strictEqual(await checked([octetsOf("12345"), octetsOf("678901")], 10), "552 5.3.4");
});

Deno.test("checkedBody() fails as the stream does", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield octetsOf("a");
    throw new Error("gone");
  }
  await rejects(collected(checkedBody(broken(), { maxOctets: 10 })), /gone/);
});

Deno.test("readPast() reads to the end, up to a bound", async () => {
  strictEqual(await readPast(stream([octetsOf("12345"), octetsOf("67890")]), 10), true);
  strictEqual(await readPast(stream([octetsOf("12345"), octetsOf("678901")]), 10), false);
});
