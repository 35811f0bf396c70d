import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { differences } from "../../support/collected_mail.ts";
import { type CorpusMessage, mailCorpus, messageId, wireForm } from "../../support/mail_corpus.ts";
import { MAIL_SHAPES } from "../../support/mail_shapes.ts";
import { octetsOf, octetText } from "../../support/octet_text.ts";

const sent = mailCorpus({
  seed: 1,
  count: MAIL_SHAPES.length,
  maxOctets: 4096,
  recipients: () => ["bob@office.example"],
});
const wire = sent.map(({ bytes }) => wireForm(bytes));
const edited = (index: number, edit: (text: string) => string) =>
  wire.map((bytes, at) => at === index ? octetsOf(edit(octetText(bytes))) : bytes);

Deno.test("mailCorpus() gives the same messages for the same seed, and others for another", () => {
  const again = (seed: number): CorpusMessage[] =>
    mailCorpus({ seed, count: 30, maxOctets: 4096, recipients: () => ["bob@office.example"] });
  assertEquals(again(5), again(5));
  strictEqual(
    octetText(again(5)[0]?.bytes ?? octetsOf("")) ===
      octetText(again(6)[0]?.bytes ?? octetsOf("")),
    false,
  );
});

Deno.test("mailCorpus() gives every message a Message-ID of its own", () => {
  strictEqual(new Set(wire.map(messageId)).size, MAIL_SHAPES.length);
  assertEquals(wire.map(messageId), sent.map(({ id }) => id));
});

Deno.test("differences() finds none when all came once, also behind trace fields", () => {
  assertEquals(differences(sent, wire), []);
  const traced = edited(3, (text) => `Return-Path: <a@b>\r\nReceived: from a\r\n\tby b\r\n${text}`);
  assertEquals(differences(sent, traced), []);
});

Deno.test("differences() tells what is wrong", async (t) => {
  const foreign = octetsOf("Message-ID: <other@x>\r\n\r\n");
  const cases: { name: string; collected: Uint8Array[]; want: RegExp }[] = [
    { name: "lost", collected: wire.slice(1), want: /m0\.1.*came 0 times/ },
    { name: "twice", collected: [...wire, ...wire.slice(0, 1)], want: /m0\.1.*came 2 times/ },
    { name: "not ours", collected: [...wire, foreign], want: /other@x: came, and was not sent/ },
    {
      name: "one octet changed",
      collected: edited(2, (text) => text.slice(0, -3) + "\x80\r\n"),
      want: /m2\.1.*differs at octet \d+/,
    },
    {
      name: "cut off",
      collected: edited(2, (text) => text.slice(0, -2)),
      want: /m2\.1.*differs at octet \d+/,
    },
    {
      name: "a line too many at the end",
      collected: edited(2, (text) => text + "\r\n"),
      want: /m2\.1.*differs at octet \d+/,
    },
    {
      name: "a line in front that is no trace field",
      collected: edited(2, (text) => `From ann Sat\r\n${text}`),
      want: /m2\.1.*has in front of it "From ann Sat"/,
    },
    {
      name: "a bare LF",
      collected: edited(2, (text) => text.replace("\r\n", "\n")),
      want: /m2\.1.*(differs|its first line)/,
    },
  ];
  for (const { name, collected, want } of cases) {
    await t.step(name, () => {
      const problems = differences(sent, collected);
      strictEqual(problems.length, 1, problems.join("\n"));
      match(problems[0] ?? "", want);
    });
  }
});
