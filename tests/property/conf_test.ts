import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatWords, parseConf, splitWords, stripComment } from "../../src/formats/conf.ts";
import {
  formatIpList,
  matchesAnyIp,
  matchesEveryIp,
  parseIpList,
} from "../../src/formats/ip_list.ts";
import {
  formatWildcardList,
  matchesWildcard,
  parseWildcardList,
} from "../../src/formats/wildcard.ts";

const octet = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
const part = fc.oneof(
  octet.map(String),
  fc.tuple(octet, octet).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
);
const range = fc.tuple(part, part, part, part).map((parts) => parts.join("."));
const negatable = fc.tuple(
  fc.constantFrom("", "!"),
  fc.oneof(ipv4, fc.constantFrom("*", "10.*", "161.29.20?.24", "10.0.0.0/8", "fd00::/8", "::1")),
).map(([sign, text]) => sign + text);
const element = fc.oneof(negatable, range);

const noise = fc.array(
  fc.oneof(fc.constantFrom(...'#"!*?,-./: \t\r\n\0'), fc.constantFrom("10", "::"), fc.string()),
).map((parts) => parts.join(""));

for (const [name, parse] of Object.entries({ splitWords, parseIpList, parseWildcardList })) {
  Deno.test(`${name}() throws nothing but SyntaxError`, () => {
    fc.assert(fc.property(noise, (text) => {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }));
  });
}

Deno.test("parseConf() takes any octets, and numbers its lines upward", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const lines = parseConf(bytes).map(({ line }) => line);
    assertEquals(lines, lines.toSorted((a, b) => a - b));
    strictEqual(new Set(lines).size, lines.length);
  }));
});

Deno.test("splitWords() reads back what formatWords() wrote", () => {
  const isWritable = (text: string) =>
    !/[\r\n\0]/.test(text) && !(text.includes('"') && /^["#]|\s/.test(text));
  const word = noise.map((text) => text.slice(0, 12)).filter(isWritable);
  fc.assert(fc.property(fc.array(word), (words) => {
    assertEquals(splitWords(formatWords(words)).map(({ text }) => text), words);
  }));
});

Deno.test("stripComment() is done after one time", () => {
  fc.assert(fc.property(noise, (text) => {
    const once = stripComment(text);
    strictEqual(stripComment(once), once);
    strictEqual(text.trim().startsWith(once), true);
  }));
});

Deno.test("parseIpList() reads back what formatIpList() wrote", () => {
  const lists = fc.oneof(
    fc.array(negatable, { minLength: 1, maxLength: 6 }),
    fc.array(range, { minLength: 1, maxLength: 6 }),
  );
  fc.assert(fc.property(lists, (elements) => {
    const list = parseIpList(elements.join(","));
    assertEquals(parseIpList(formatIpList(list)), list);
  }));
});

Deno.test("a restrictive list is the AND of its elements, a permissive one the OR", () => {
  fc.assert(fc.property(element, element, ipv4, (one, other, address) => {
    const both = [...parseIpList(one), ...parseIpList(other)];
    const passes = [one, other].map((text) => matchesEveryIp(parseIpList(text), address));
    strictEqual(matchesEveryIp(both, address), passes[0] && passes[1]);
    strictEqual(matchesAnyIp(both, address), passes[0] || passes[1]);
  }));
});

Deno.test("parseWildcardList() reads back what formatWildcardList() wrote", () => {
  const pattern = fc.tuple(fc.constantFrom("", "!"), fc.stringMatching(/^[a-z*?.@]{1,20}$/));
  fc.assert(fc.property(fc.array(pattern, { minLength: 1 }), (patterns) => {
    const text = patterns.map((parts) => parts.join("")).join(",");
    assertEquals(formatWildcardList(parseWildcardList(text)), text);
  }));
});

Deno.test("matchesWildcard() agrees with a regular expression", () => {
  const letters = fc.stringMatching(/^[ab]{0,12}$/);
  fc.assert(fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), letters, (pattern, text) => {
    const expression = pattern.replaceAll("*", ".*").replaceAll("?", ".");
    strictEqual(matchesWildcard(pattern, text), new RegExp(`^${expression}$`).test(text));
  }));
});
