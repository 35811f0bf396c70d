import { deepStrictEqual as assertEquals, rejects, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  decodeText,
  fieldsNamed,
  fieldValue,
  headerEnd,
  parseHeader,
  readHeader,
  withoutFields,
  withoutFromLine,
} from "../../../src/formats/header.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const pairs = (text: string) => parseHeader(bytes(text)).map(({ name, value }) => [name, value]);

Deno.test("parseHeader() reads", async (t) => {
  const cases = [
    {
      text: "To: bob@x\r\nSubject: hi\r\n\r\nFrom: body\r\n",
      want: [["To", "bob@x"], ["Subject", "hi"]],
    },
    { text: "To: bob@x\nSubject: hi\n\nbody\n", want: [["To", "bob@x"], ["Subject", "hi"]] },
    { text: "To: a@x,\r\n b@x,\r\n\tc@x\r\n", want: [["To", "a@x, b@x,\tc@x"]] },
    { text: "To : bob@x\r\n", want: [["To", "bob@x"]] },
    { text: "X-Empty:\r\nTo:bob@x\r\n", want: [["X-Empty", ""], ["To", "bob@x"]] },
    { text: "From bob Mon Jan  1 00:00:00 2024\r\nTo: bob@x\r\n", want: [["To", "bob@x"]] },
    { text: "no colon here\r\n folded\r\nTo: bob@x\r\n", want: [["To", "bob@x"]] },
    { text: "Two Words: x\r\nTo: bob@x\r\n", want: [["To", "bob@x"]] },
    { text: "To: never ended", want: [["To", "never ended"]] },
    { text: "To: a\rBcc: b\r\n", want: [["To", "a Bcc: b"]] },
    { text: "\r\nTo: body@x\r\n", want: [] },
    { text: "", want: [] },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => assertEquals(pairs(text), want));
  }
});

Deno.test("parseHeader() keeps the octets of a folded field", () => {
  const [first] = parseHeader(bytes("To: a@x,\r\n b@x\r\nCc: c@x\r\n\r\n"));
  assertEquals(first?.raw, bytes("To: a@x,\r\n b@x\r\n"));
});

Deno.test("parseHeader() reads 8-bit text as UTF-8, and as Windows-1252 when it is not", () => {
  assertEquals(pairs("Subject: Grüße\r\n"), [["Subject", "Grüße"]]);
  const latin = new Uint8Array([...bytes("Subject: Gr"), 0xfc, 0x0d, 0x0a]);
  strictEqual(fieldValue(parseHeader(latin), "subject"), "Grü");
  strictEqual(decodeText(new Uint8Array([0xfc])), "ü");
});

Deno.test("fieldsNamed() ignores case and keeps the order", () => {
  const fields = parseHeader(bytes("received: 1\r\nTo: x\r\nRECEIVED: 2\r\n"));
  assertEquals(fieldsNamed(fields, "Received").map((field) => field.value), ["1", "2"]);
  assertEquals(fieldsNamed(fields, "Cc"), []);
  strictEqual(fieldValue(fields, "Cc"), undefined);
});

Deno.test("headerEnd() finds where the body begins", async (t) => {
  const cases = [
    { text: "a: b\r\n\r\nbody", want: 8 },
    { text: "a: b\n\nbody", want: 6 },
    { text: "a: b\n\r\nbody", want: 7 },
    { text: "\r\nbody", want: 2 },
    { text: "a: b\r\n", want: undefined },
    { text: "a: b\r\n\r", want: undefined },
    { text: "", want: undefined },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(headerEnd(bytes(text)), want));
  }
});

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const all = bytes(text);
  for (let at = 0; at < all.length; at += size) {
    await Promise.resolve();
    yield all.slice(at, at + size);
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of chunks) text += decodeText(chunk);
  return text;
}

Deno.test("readHeader() divides a message whatever pieces it comes in", async (t) => {
  const message = "To: bob@x\r\nSubject: a\r\n b\r\n\r\nbody\r\n\r\nmore\r\n";
  for (const size of [1, 2, 3, 5, 13, 1000]) {
    await t.step(`pieces of ${size}`, async () => {
      const { fields, bytes: header, rest, complete } = await readHeader(pieces(message, size));
      assertEquals(fields.map((field) => field.name), ["To", "Subject"]);
      strictEqual(decodeText(header), "To: bob@x\r\nSubject: a\r\n b\r\n\r\n");
      strictEqual(await textOf(rest), "body\r\n\r\nmore\r\n");
      strictEqual(complete, true);
    });
  }
});

Deno.test("readHeader() takes a message that has no body, or nothing at all", async () => {
  const { fields, complete } = await readHeader([bytes("To: bob@x\r\n")]);
  assertEquals([fields.length, complete], [1, false]);
  const empty = await readHeader([]);
  assertEquals([empty.fields.length, empty.bytes.length, empty.complete], [0, 0, false]);
});

Deno.test("readHeader() stops at its bound and loses nothing", async () => {
  const message = "A: 1\r\n".repeat(100) + "\r\nbody";
  const { bytes: header, rest, complete, fields } = await readHeader(pieces(message, 7), 60);
  assertEquals([header.length, fields.length, complete], [60, 10, false]);
  strictEqual(decodeText(header) + await textOf(rest), message);
});

Deno.test("readHeader() passes on an error of the stream", async () => {
  await rejects(
    () =>
      readHeader((async function* () {
        yield bytes("To: bob");
        await Promise.resolve();
        throw new Error("Connection reset");
      })()),
    /Connection reset/,
  );
});

Deno.test("readHeader() ends its source when the rest is given up", async () => {
  let ended = false;
  async function* source() {
    try {
      yield bytes("To: x\r\n\r\nbody");
      await Promise.resolve();
      yield bytes("more");
    } finally {
      ended = true;
    }
  }
  const { rest } = await readHeader(source());
  for await (const _chunk of rest) break;
  strictEqual(ended, true);
});

Deno.test("withoutFields() takes out whole fields and nothing else", () => {
  const cases = [
    { header: "A: 1\r\nBcc: x@y\r\n\tand z@y\r\nC: 3\r\n\r\n", want: "A: 1\r\nC: 3\r\n\r\n" },
    { header: "bcc : x@y\nA: 1\n\n", want: "A: 1\n\n" },
    { header: "no field\r\nBcc: x", want: "no field\r\n" },
    {
      header: "A: Bcc: x\r\n\r\nBcc: in the body\r\n",
      want: "A: Bcc: x\r\n\r\nBcc: in the body\r\n",
    },
    { header: "Bcc: a\r\nno field\r\nBcc: b\r\n\r\n", want: "no field\r\n\r\n" },
    { header: "Bcc-2: a\r\nBcc: b", want: "Bcc-2: a\r\n" },
    { header: "", want: "" },
  ];
  for (const { header, want } of cases) {
    const kept = withoutFields(new TextEncoder().encode(header), ["BCC"]);
    strictEqual(new TextDecoder().decode(kept), want, JSON.stringify(header));
  }
});

Deno.test("withoutFields() leaves no field of that name in any header, and every other one", () => {
  const line = fc.constantFrom(
    "X-A: 1\r\n",
    "x-a:\r\n\t2\r\n",
    " more\r\n",
    "X-B: 3\r\n",
    "junk\r\n",
  );
  fc.assert(fc.property(fc.array(line), (lines) => {
    const header = bytes(lines.join("") + "\r\n");
    const others = parseHeader(header).filter(({ name }) => name.toLowerCase() !== "x-a");
    const kept = parseHeader(withoutFields(header, ["X-A"]));
    assertEquals(kept.map(({ name }) => name), others.map(({ name }) => name));
  }));
});

Deno.test("withoutFromLine() takes away the line of an mbox, and nothing else", () => {
  const header = "To: bob@x\r\nSubject: hi\r\n\r\n";
  const cases = [
    { text: `From ann@x Mon Jan  1 00:00:00 2024\r\n${header}`, want: header },
    { text: `From änn Mon Jan  1 00:00:00 2024\n${header}`, want: header },
    { text: `>From ann Mon Jan  1 00:00:00 2024\r\n${header}`, want: header },
    { text: header, want: header },
    { text: "From : ann@x\r\nTo: bob@x\r\n", want: "From : ann@x\r\nTo: bob@x\r\n" },
    { text: "From: ann@x\r\nTo: bob@x\r\n", want: "From: ann@x\r\nTo: bob@x\r\n" },
    { text: "From here on it is text\r\nand more", want: "From here on it is text\r\nand more" },
    { text: "From ann", want: "From ann" },
    { text: "", want: "" },
  ];
  for (const { text, want } of cases) {
    strictEqual(decodeText(withoutFromLine(bytes(text))), want, text);
  }
});
