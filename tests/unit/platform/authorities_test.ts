import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { readAuthorities } from "../../../src/platform/mod.ts";
import { tlsPair } from "../../support/tls_pair.ts";

Deno.test("readAuthorities() reads every certificate of a bundle, and nothing between them", async (t) => {
  const pem = (await tlsPair()).cert.trim();
  const cases = [
    { name: "one", text: pem, count: 1 },
    { name: "words between", text: `Ours\n${pem}\n\nand\n${pem}\nend`, count: 2 },
    { name: "CRLF", text: `${pem}\n`.replaceAll("\n", "\r\n"), count: 1 },
  ];
  for (const { name, text, count } of cases) {
    await t.step(name, () => {
      equal(readAuthorities(text), { kind: "read", certs: Array(count).fill(pem) });
    });
  }
});

Deno.test("readAuthorities() says where a certificate is damaged", async (t) => {
  const pem = (await tlsPair()).cert.trim();
  const cases = [
    { name: "nothing", text: "", line: 1 },
    { name: "a key", text: (await tlsPair()).key, line: 1 },
    { name: "cut off", text: `a\n${pem.slice(0, -30)}`, line: 2 },
    { name: "cut before another", text: `${pem.slice(0, 200)}\n${pem}`, line: 1 },
    {
      name: "no base64",
      text: `${pem}\n${pem.replace(/MII/, "!!!")}`,
      line: pem.split("\n").length + 1,
    },
  ];
  for (const { name, text, line } of cases) {
    await t.step(name, () => {
      const result = readAuthorities(text);
      strictEqual(result.kind === "bad" ? result.line : 0, line);
    });
  }
});
