import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { type EtrnSubject, formatEtrn, parseEtrn } from "../../../src/formats/etrn.ts";

const LONGEST = `${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;

Deno.test("parseEtrn() reads what RFC 1985 section 5 allows", async (t) => {
  const node = (node: string, below = false): EtrnSubject => ({ kind: "node", node, below });
  const cases: readonly { word: string; want: EtrnSubject }[] = [
    { word: "branch.example", want: node("branch.example") },
    { word: "Branch.EXAMPLE", want: node("branch.example") },
    { word: "branch.example.", want: node("branch.example") },
    { word: "a_b.c-d.example", want: node("a_b.c-d.example") },
    { word: "7.example", want: node("7.example") },
    { word: "xn--bcher-kva.example", want: node("xn--bcher-kva.example") },
    { word: LONGEST, want: node(LONGEST) },
    { word: "@branch.example", want: node("branch.example", true) },
    { word: "[192.0.2.1]", want: node("[192.0.2.1]") },
    { word: "[IPv6:2001:DB8::1]", want: node("[ipv6:2001:db8::1]") },
    { word: "#uucp", want: { kind: "queue", name: "uucp" } },
    { word: "#Lab_2.x-y", want: { kind: "queue", name: "Lab_2.x-y" } },
  ];
  for (const { word, want } of cases) {
    await t.step(word, () => equal(parseEtrn(word), want));
  }
});

Deno.test("parseEtrn() says what it expected", async (t) => {
  const cases = [
    { word: "", want: /whole domain/ },
    { word: "@", want: /whole domain/ },
    { word: "#", want: /name of a queue/ },
    { word: "##uucp", want: /name of a queue/ },
    { word: `#${"q".repeat(65)}`, want: /name of a queue/ },
    { word: "localname", want: /whole domain/ },
    { word: "@example", want: /whole domain/ },
    { word: "@@branch.example", want: /whole domain/ },
    { word: "192.0.2.1", want: /whole domain/ },
    { word: ".branch.example", want: /whole domain/ },
    { word: "branch..example", want: /whole domain/ },
    { word: "branch.example..", want: /whole domain/ },
    { word: "-a.example", want: /whole domain/ },
    { word: "a-.example", want: /whole domain/ },
    { word: "*.example", want: /whole domain/ },
    { word: "bob@branch.example", want: /whole domain/ },
    { word: "b\u00fccher.example", want: /whole domain/ },
    { word: "branch.example\r\nMAIL", want: /whole domain/ },
    { word: "branch.example\n", want: /whole domain/ },
    { word: "branch.example\0", want: /whole domain/ },
    { word: `${LONGEST}d`, want: /whole domain/ },
    { word: `${"a".repeat(64)}.example`, want: /whole domain/ },
    { word: "[192.0.2.300]", want: /nothing below/ },
    { word: "[2001:db8::1]", want: /nothing below/ },
    { word: "@[192.0.2.1]", want: /nothing below/ },
  ];
  for (const { word, want } of cases) {
    await t.step(JSON.stringify(word.slice(0, 40)), () => {
      throws(() => parseEtrn(word), { name: "SyntaxError", message: want });
    });
  }
});

Deno.test("parseEtrn() throws only SyntaxError, and lets nothing through that ends a line", () => {
  const piece = fc.constantFrom("a", "Z", "9", ".", "-", "_", "@", "#", "[", "]", ":", "\r\n", "ü");
  fc.assert(fc.property(fc.array(piece).map((pieces) => pieces.join("")), (word) => {
    try {
      const subject = parseEtrn(word);
      const written = formatEtrn(subject);
      ok(/^[\x21-\x7e]{1,254}$/.test(written), written);
      equal(parseEtrn(written), subject);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }));
});
