import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatReturnPath,
  hasReturnPath,
  withReturnPath,
} from "../../../src/formats/return_path.ts";
import { collected, cutAt } from "../../support/chunks.ts";
import { octetsOf } from "../../support/octet_text.ts";

Deno.test("formatReturnPath() keeps whatever the sender is on one line", async (t) => {
  const cases = [
    { sender: "fred@a.example", want: "Return-Path: <fred@a.example>" },
    { sender: "", want: "Return-Path: <>" },
    { sender: "a@b>\r\nX-Evil: yes", want: "Return-Path: <a@b>__X-Evil:_yes>" },
  ];
  for (const { sender, want } of cases) {
    await t.step(JSON.stringify(sender), () => strictEqual(formatReturnPath(sender), want));
  }
});

Deno.test("hasReturnPath() finds the field in the header and nowhere else", async (t) => {
  const cases = [
    { text: "Return-Path: <a@b>\r\nA: 1\r\n\r\n", want: true },
    { text: "A: 1\nreturn-PATH: <a@b>\n\n", want: true },
    { text: "A: 1\nReturn-Path \t:<>\n", want: true },
    { text: "A: 1\r\n\r\nReturn-Path: <a@b>\r\n", want: false },
    { text: "A: 1\n\nReturn-Path: <a@b>\n", want: false },
    { text: "X-Return-Path: <a@b>\r\n", want: false },
    { text: "Return-Path-Of: <a@b>\r\n", want: false },
    { text: "Return\rPath: <a@b>\r\n", want: false },
    { text: "Subject: folded\r\n Return-Path: <a@b>\r\n", want: false },
    { text: "Return-Path", want: false },
    { text: "", want: false },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(hasReturnPath(octetsOf(text)), want));
  }
});

Deno.test("withReturnPath() adds one where there is none, wherever the message is cut", async () => {
  const messages = fc.constantFrom(
    "Return-Path: <x@y>\r\nA: 1\r\n\r\nbody",
    "A: 1\r\nReturn-Path: <x@y>\r\n\r\nbody",
    "A: 1\r\n\r\nReturn-Path: <x@y>\r\n",
    "A: 1",
    "",
  );
  await fc.assert(
    fc.asyncProperty(messages, fc.array(fc.nat(60), { maxLength: 4 }), async (text, places) => {
      const chunks = cutAt(octetsOf(text), places.toSorted((a, b) => a - b));
      const out = await collected(withReturnPath(chunks, { sender: "a@b", lineEnd: "\r\n" }));
      const has = hasReturnPath(octetsOf(text));
      strictEqual(out, has ? text : `Return-Path: <a@b>\r\n${text}`);
    }),
  );
});

Deno.test("withReturnPath() keeps no endless header in memory", async () => {
  let given = 0;
  function* endless() {
    const line = octetsOf(`X: ${"x".repeat(1000)}\r\n`);
    while (true) {
      given += line.length;
      yield line;
    }
  }
  const out = withReturnPath(endless(), { sender: "a@b", lineEnd: "\n" });
  await out.next();
  strictEqual(given < 300_000, true);
  await out.return(undefined);
});
