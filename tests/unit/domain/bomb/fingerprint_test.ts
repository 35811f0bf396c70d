import { notStrictEqual, strictEqual } from "node:assert/strict";
import { COMPARED_OCTETS, fingerprintOf } from "../../../../src/domain/bomb/fingerprint.ts";
import { parseHeader } from "../../../../src/formats/header.ts";
import { octetsOf } from "../../../support/octet_text.ts";

function of({ sender = "a@b", header = "Subject: x\r\n", body = "hello\r\n" }) {
  return fingerprintOf({ sender, fields: parseHeader(octetsOf(header)), start: octetsOf(body) });
}

Deno.test("fingerprintOf() is the same for copies of a message", async (t) => {
  const cases = [
    { name: "as they are", copy: {} },
    { name: "with another Message-ID", copy: { header: "Message-ID: <2@x>\r\nSUBJECT:  x\r\n" } },
    { name: "to somebody else", copy: { header: "To: carl@x\r\nSubject: x\r\n" } },
    { name: "of a sender in capitals", copy: { sender: "A@B" } },
    { name: "with another boundary", copy: { body: "--other-boundary\r\nhello\r\n--x--\r\n" } },
  ];
  for (const { name, copy } of cases) {
    await t.step(name, () => strictEqual(of(copy), of({})));
  }
  await t.step("that differ far behind", () => {
    const long = "x".repeat(COMPARED_OCTETS);
    strictEqual(of({ body: `${long}a` }), of({ body: `${long}b` }));
  });
});

Deno.test("fingerprintOf() is another for another message", async (t) => {
  const cases = [
    { name: "of somebody else", other: { sender: "c@b" } },
    { name: "with another subject", other: { header: "Subject: y\r\n" } },
    { name: "without a subject", other: { header: "" } },
    { name: "with another text", other: { body: "hello!\r\n" } },
    { name: "without a text", other: { body: "" } },
  ];
  for (const { name, other } of cases) {
    await t.step(name, () => notStrictEqual(of(other), of({})));
  }
});
