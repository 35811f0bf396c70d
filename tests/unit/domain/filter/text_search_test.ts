import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { TextSearch } from "../../../../src/domain/filter/text_search.ts";
import { cutAt } from "../../../support/chunks.ts";
import { octetsOf } from "../../../support/octet_text.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function numbered(...texts: string[]) {
  return texts.map((text, index) => ({ text, number: index + 1 }));
}

function foundIn(search: TextSearch, chunks: readonly Uint8Array[]): number | undefined {
  let state = TextSearch.START;
  for (const chunk of chunks) {
    const step = search.step(state, chunk);
    if (step.found !== undefined) return step.found;
    state = step.state;
  }
}

Deno.test("TextSearch finds", async (t) => {
  const cases = [
    { texts: ["abc"], text: "xxabcxx", want: 1 },
    { texts: ["abc"], text: "ABC", want: 1 },
    { texts: ["AbC"], text: "aBc", want: 1 },
    { texts: ["abc"], text: "ababd abd", want: undefined },
    { texts: ["abcd", "bc"], text: "abcd", want: 2 },
    { texts: ["abab", "babx"], text: "ababababx", want: 1 },
    { texts: ["aab"], text: "aaaaab", want: 1 },
    { texts: ["he", "she", "hers"], text: "ushers", want: 1 },
    { texts: ["she", "he"], text: "ushers", want: 1 },
    { texts: ["same", "same"], text: "the same", want: 1 },
    { texts: ["größe"], text: "GRöSSE GRößE", want: 1 },
    { texts: ["ä"], text: "Ä", want: undefined },
    { texts: ["x"], text: "", want: undefined },
    { texts: [], text: "anything", want: undefined },
  ];
  for (const { texts, text, want } of cases) {
    await t.step(`${texts} in ${text}`, () => {
      const search = new TextSearch(numbered(...texts));
      strictEqual(search.find(bytes(text)), want);
      strictEqual(foundIn(search, cutAt(bytes(text), Array.from(bytes(text).keys()))), want);
    });
  }
});

Deno.test("TextSearch finds what indexOf() finds, wherever the chunks are cut", () => {
  const word = fc.stringMatching(/^[ab\xe9]{1,5}$/);
  const text = fc.stringMatching(/^[abc\xe9]{0,60}$/);
  const places = fc.array(fc.nat(60), { maxLength: 4 });
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), text, places, (words, where, cuts) => {
    const found = foundIn(new TextSearch(numbered(...words)), cutAt(bytes(where), cuts));
    const first = words.find((each) => where.includes(each));
    strictEqual(found !== undefined, first !== undefined);
    if (found !== undefined) strictEqual(where.includes(words[found - 1]!), true);
  }));
});

Deno.test("TextSearch looks for a thousand texts in any octets", () => {
  const texts = Array.from({ length: 1000 }, (_, index) => `phrase ${index};`);
  const search = new TextSearch(numbered(...texts));
  strictEqual(search.find(octetsOf("\xff\0phrase 99 phrase 999;")), 1000);
  strictEqual(search.find(octetsOf("phrase \xff1;")), undefined);
});
