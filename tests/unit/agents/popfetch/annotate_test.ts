import { match, strictEqual } from "node:assert/strict";
import { annotated } from "../../../../src/agents/popfetch/annotate.ts";
import { MAX_HEADER_OCTETS, readHeader } from "../../../../src/formats/header.ts";
import { collected } from "../../../support/chunks.ts";

const golden = new URL("../../../golden/popfetch/", import.meta.url);
const note = {
  account: "office@pop.provider.example",
  delivered: ["bob@office.example", "anna@office.example"],
  refused: [{ address: "nobody@office.example", reason: "User unknown" }],
};

async function copyOf(message: string, theNote = note): Promise<string> {
  const block = await readHeader([new TextEncoder().encode(message.replaceAll("\n", "\r\n"))]);
  const text = await collected(annotated(block, theNote, "dmail-boundary"));
  strictEqual(text.replaceAll("\r\n", "").includes("\n"), false, "every line ends with CRLF");
  return text.replaceAll("\r\n", "\n");
}

Deno.test("annotated() matches the recorded copies", async (t) => {
  for (const name of ["plain", "html", "attachment"]) {
    await t.step(name, async () => {
      const message = await Deno.readTextFile(new URL(`copy_${name}.in.eml`, golden));
      const want = await Deno.readTextFile(new URL(`copy_${name}.out.eml`, golden));
      strictEqual(await copyOf(message), want);
    });
  }
});

Deno.test("annotated() puts its paragraph straight into text that takes it, and wraps the rest", async (t) => {
  const cases = [
    { header: "", straight: true },
    { header: "Content-Type: TEXT/PLAIN; charset=iso-8859-1\n", straight: true },
    { header: "Content-Type: text/plain\nContent-Transfer-Encoding: 8bit\n", straight: true },
    { header: "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n", straight: false },
    { header: "Content-Transfer-Encoding: quoted-printable\n", straight: false },
    { header: "Content-Type: text/plain; charset=utf-16\n", straight: false },
    { header: "Content-Type: text/html\n", straight: false },
    { header: "Content-Type: multipart/signed; boundary=x\n", straight: false },
    { header: "Content-Type: text/plainly\n", straight: false },
  ];
  for (const { header, straight } of cases) {
    await t.step(JSON.stringify(header), async () => {
      const copy = await copyOf(`Subject: x\n${header}\nBody\n`);
      strictEqual(/^Subject: x\n(?:.+\n)*\nThis message was collected/.test(copy), straight);
      strictEqual(copy.includes("message/rfc822"), !straight);
    });
  }
});

Deno.test("annotated() wraps when a name in the paragraph is not ASCII", async () => {
  const copy = await copyOf("Subject: x\n\nBody\n", {
    ...note,
    delivered: ["jürgen@office.example"],
  });
  match(copy, /message\/rfc822/);
});

Deno.test("annotated() wraps a message that has no body", async () => {
  match(await copyOf("Subject: x\n"), /Content-Type: message\/rfc822\n(?:.+\n)+\nSubject: x\n/);
});

Deno.test("annotated() lets no field without an end swallow the one behind it", async () => {
  const copy = await copyOf(`From: a@b\nSubject: ${"x".repeat(MAX_HEADER_OCTETS)}\n\nBody\n`);
  match(copy, /^From: a@b\nMIME-Version: 1\.0\nContent-Type: multipart\/mixed/);
});

Deno.test("annotated() says that nobody else got it, and keeps the paragraph to a page", async () => {
  const refused = Array.from({ length: 60 }, (_, at) => ({
    address: `user${at}@office.example`,
    reason: "User\r\nunknown",
  }));
  const copy = await copyOf("Subject: x\n\nBody\n", { ...note, delivered: [], refused });
  match(copy, /It was delivered to nobody else\.\n/);
  match(copy, / {2}user0@office\.example \(User unknown\)\n/);
  match(copy, / {2}and 10 more\n/);
});
