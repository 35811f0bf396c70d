import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseHeader } from "../../../src/formats/header.ts";
import { addressesIn, recipientsNamed, senderNamed } from "../../../src/formats/header_envelope.ts";

function fieldsOf(...lines: readonly string[]) {
  return parseHeader(new TextEncoder().encode(lines.map((line) => line + "\r\n").join("")));
}

Deno.test("recipientsNamed() finds whom To, Cc and Bcc name, each once", () => {
  const cases: readonly { lines: readonly string[]; want: readonly string[] }[] = [
    { lines: ["To: bob@x.test"], want: ["bob@x.test"] },
    { lines: ["To: Bob <bob@x.test>, ann@y.test"], want: ["bob@x.test", "ann@y.test"] },
    {
      lines: ["To: a@x.test", "Cc: b@x.test", "bcc: c@x.test"],
      want: ["a@x.test", "b@x.test", "c@x.test"],
    },
    { lines: ["To: bob@x.test", "Cc: BOB@X.test"], want: ["bob@x.test"] },
    { lines: ["To: root"], want: ["root"] },
    { lines: ["To: <root>, bob@x.test"], want: ["root", "bob@x.test"] },
    { lines: ['To: "Doe, root, John" <jd@x.test>'], want: ["jd@x.test"] },
    { lines: ["To: jd@x.test (to, root, too)"], want: ["jd@x.test"] },
    { lines: ["To: a@x.test,", "\tb@x.test"], want: ["a@x.test", "b@x.test"] },
    { lines: ["To: friends: a@x.test, b@x.test;"], want: ["a@x.test", "b@x.test"] },
    {
      lines: ["To: a@x.test", "Resent-To: b@x.test", "Resent-Bcc: c@x.test"],
      want: ["b@x.test", "c@x.test"],
    },
    { lines: ['To: "open, root, ann'], want: [] },
    { lines: ["To: undisclosed-recipients:;"], want: [] },
    { lines: ["Subject: To: nobody@x.test"], want: [] },
    { lines: [], want: [] },
  ];
  for (const { lines, want } of cases) {
    deepStrictEqual(recipientsNamed(fieldsOf(...lines)), want, lines.join(" | "));
  }
});

Deno.test("recipientsNamed() never throws, names nobody twice and leaves out nobody", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    const found = recipientsNamed(fieldsOf(`To: ${value}`));
    strictEqual(new Set(found.map((each) => each.toLowerCase())).size, found.length);
  }));
  const many = Array.from({ length: 12_000 }, (_, index) => `u${index}@x.test`).join(", ");
  strictEqual(addressesIn(fieldsOf(`To: ${many}`), ["To"]).length, 12_000);
});

Deno.test("recipientsNamed() looks at a header of a megabyte once", () => {
  for (const piece of ['\\"', '"(', "(\\", "((", '"<', "a,"]) {
    recipientsNamed(fieldsOf(`To: "${piece.repeat(500_000)}\\`)); // Hours, if it began anew at each.
  }
});

Deno.test("senderNamed() takes the first field that names somebody", () => {
  const cases: readonly { lines: readonly string[]; want: string }[] = [
    { lines: ["From: Bob <bob@x.test>"], want: "bob@x.test" },
    { lines: ["From: bob@x.test", "Sender: ann@x.test"], want: "ann@x.test" },
    { lines: ["From: bob@x.test", "Return-Path: <back@x.test>"], want: "back@x.test" },
    { lines: ["From: bob@x.test", "X-Sender: cdo@x.test"], want: "cdo@x.test" },
    { lines: ["From: bob@x.test", "Return-Path: <>"], want: "" },
    { lines: ["From: bob@x.test", "Return-Path: nonsense"], want: "bob@x.test" },
    { lines: ["From: nobody in particular"], want: "" },
    { lines: [], want: "" },
  ];
  for (const { lines, want } of cases) {
    strictEqual(senderNamed(fieldsOf(...lines)), want, lines.join(" | "));
  }
});
