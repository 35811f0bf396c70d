import { doesNotMatch, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { address, markup, tidy } from "../../../../../src/servers/httpd/views/markup.ts";

Deno.test("markup() escapes text and quoted attributes, and nests", () => {
  const inner = markup`<b title="${`"'<>&`}">${"<script>"}</b>`;
  strictEqual(
    String(markup`<p>${[inner, 1, false, undefined]}</p>`),
    '<p><b title="&quot;&#39;&lt;&gt;&amp;">&lt;script&gt;</b>1</p>',
  );
});

Deno.test("tidy() makes one short visible line of anything", async (t) => {
  const cases: readonly [text: string, want: string][] = [
    ["plain", "plain"],
    ["two\r\nlines\ttab", "two lines tab"],
    ["  edges\u0000 ", "edges"],
    ["moc.elpmaxe\u202e@x", "moc.elpmaxe @x"],
    ["grüße@bücher.example", "grüße@bücher.example"],
    ["x".repeat(30), "x".repeat(19) + "…"],
    ["half \ud83d", "half \ufffd"],
  ];
  for (const [text, want] of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(tidy(text, 20), want));
  }
});

Deno.test("tidy() keeps to its length and to what can be seen", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    const tidied = tidy(text, 50);
    ok(tidied.length <= 50);
    ok(tidied.isWellFormed());
    doesNotMatch(tidied, /[\p{Cc}\u202a-\u202e]/u);
  }));
});

Deno.test("address() may be broken at its last @ only", () => {
  strictEqual(String(address("a@b@c.example")), "a@b<wbr>@c.example");
  strictEqual(String(address("anna")), "anna");
  strictEqual(String(address("<b>@x")), "&lt;b&gt;<wbr>@x");
});
