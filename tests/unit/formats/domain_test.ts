import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  asciiDomain,
  asciiDomainPattern,
  isWithin,
  matchesDomain,
} from "../../../src/formats/domain.ts";

Deno.test("asciiDomain() makes one of all ways of writing a domain", async (t) => {
  const cases = [
    { domain: "Office.Example", want: "office.example" },
    { domain: "bücher.example", want: "xn--bcher-kva.example" },
    { domain: "BÜCHER.example", want: "xn--bcher-kva.example" },
    { domain: "bu\u0308cher.example", want: "xn--bcher-kva.example" },
    { domain: "XN--bcher-kva.example", want: "xn--bcher-kva.example" },
    { domain: "例え.テスト", want: "xn--r8jz45g.xn--zckzah" },
    { domain: "under_score.example", want: "under_score.example" },
    { domain: "1.2.3", want: "1.2.3" },
    { domain: "[10.0.0.1]", want: "[10.0.0.1]" },
    { domain: "ü/b", want: "ü/b" },
    { domain: "ü:80", want: "ü:80" },
    { domain: "*.bücher", want: "*.bücher" },
    { domain: "", want: "" },
  ];
  for (const { domain, want } of cases) {
    await t.step(domain, () => strictEqual(asciiDomain(domain), want));
  }
});

Deno.test("asciiDomain() takes any text and changes nothing the second time", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), (text) => {
    const once = asciiDomain(text);
    strictEqual(asciiDomain(once), once);
  }));
});

Deno.test("asciiDomainPattern() leaves wildcards alone", () => {
  strictEqual(asciiDomainPattern("*.Bücher.*"), "*.xn--bcher-kva.*");
  strictEqual(asciiDomainPattern("B?ü.example"), "b?ü.example");
  strictEqual(asciiDomainPattern("*"), "*");
});

Deno.test("isWithin() takes a domain for its own, and what is below it if that is meant", async (t) => {
  const cases = [
    { domain: "branch.example", own: true, below: true },
    { domain: "a.branch.example", own: false, below: true },
    { domain: "a.b.branch.example", own: false, below: true },
    { domain: "mybranch.example", own: false, below: false },
    { domain: "example", own: false, below: false },
    { domain: "", own: false, below: false },
  ];
  for (const { domain, own, below } of cases) {
    await t.step(domain || "none", () => {
      strictEqual(isWithin(domain, "branch.example", { below: false }), own);
      strictEqual(isWithin(domain, "branch.example"), below);
    });
  }
});

Deno.test("matchesDomain() compares a domain, however it is written, with patterns", async (t) => {
  const patterns = ["*.example", "xn--bcher-kva.test"];
  const cases = [
    { domain: "mail.EXAMPLE", want: true },
    { domain: "Bücher.test", want: true },
    { domain: "example", want: false },
    { domain: "a.bücher.test", want: false },
    { domain: "", want: false },
  ];
  for (const { domain, want } of cases) {
    await t.step(JSON.stringify(domain), () => strictEqual(matchesDomain(patterns, domain), want));
  }
  strictEqual(matchesDomain([], "x.example"), false);
});
