import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { ChunkedBody, readBdat } from "../../../../src/servers/smtpd/bdat.ts";

Deno.test("readBdat() reads how long a chunk is, or nothing at all", async (t) => {
  const valid = [
    { line: "BDAT 0", octets: 0, last: false },
    { line: "BDAT 86 LAST", octets: 86, last: true },
    { line: "bdat 0 last ", octets: 0, last: true },
    { line: "BDAT  007", octets: 7, last: false },
    { line: "BDAT 999999999999999", octets: 999_999_999_999_999, last: false },
  ];
  for (const { line, ...want } of valid) {
    await t.step(line, () => deepStrictEqual(readBdat(line), want));
  }
  const invalid = ["BDAT", "BDAT ", "BDAT x", "BDAT -1", "BDAT 1e3", "BDAT 5 FIRST", "BDAT 5LAST"]
    .concat(["BDAT 5 LAST LAST", "BDAT LAST", "BDAT 1000000000000000", "BDAT 5\0", "BDAT 5\r"])
    .concat(["BDAT 0x10", "BDAT 5,5", "XBDAT 5", "BDAT٥"]);
  for (const line of invalid) {
    await t.step(`not ${JSON.stringify(line)}`, () => strictEqual(readBdat(line), undefined));
  }
});

const bytes = (text: string) => new TextEncoder().encode(text);

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of body) text += new TextDecoder().decode(part);
  return text;
}

Deno.test("ChunkedBody hands on what is written, part by part", async () => {
  const body = new ChunkedBody();
  const read = textOf(body);
  await body.write(bytes("one "));
  await body.write(bytes("two"));
  body.end();
  strictEqual(await read, "one two");
});

Deno.test("ChunkedBody lets nobody write faster than is read", async () => {
  const body = new ChunkedBody();
  let written = false;
  const writing = body.write(bytes("one")).then(() => written = true);
  const parts = body[Symbol.asyncIterator]();
  await parts.next();
  strictEqual(written, false); // It was given out; nobody has asked for more yet.
  const next = parts.next();
  await writing;
  body.end();
  strictEqual((await next).done, true);
});

Deno.test("ChunkedBody fails its reader when the message is given up", async (t) => {
  await t.step("while it is waited for", async () => {
    const body = new ChunkedBody();
    const read = textOf(body);
    await body.write(bytes("half"));
    body.end(new Error("Given up"));
    await rejects(read, /Given up/);
  });
  await t.step("before anybody read it", async () => {
    const body = new ChunkedBody();
    const writing = body.write(bytes("half"));
    body.end(new Error("Given up"));
    await writing;
    await rejects(textOf(body), /Given up/);
  });
  await t.step("but not if it had ended", async () => {
    const body = new ChunkedBody();
    body.end();
    body.end(new Error("Given up"));
    strictEqual(await textOf(body), "");
  });
});

Deno.test("ChunkedBody throws away what nobody wants", async () => {
  const body = new ChunkedBody();
  const writing = body.write(bytes("one"));
  for await (const _part of body) break;
  await writing;
  await body.write(bytes("two"));
  const other = new ChunkedBody();
  const unread = other.write(bytes("one"));
  other.abandon();
  await unread;
});
