import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  batchText,
  BinIndex,
  type BinMessage,
  deletionLine,
  segmentLines,
} from "../../../src/store/bin_index.ts";

function message(uid: string, segment: string): BinMessage {
  return { uid, segment, start: 40, end: 140, sizeOctets: 104 };
}

const FIRST = batchText(["V 1", ...segmentLines("s1", [message("a", "s1"), message("b", "s1")])]);
const SECOND = batchText(segmentLines("s2", [message("c", "s2")]));
const THIRD = batchText([deletionLine("a", 5000), deletionLine("c", 5000)]);

function read(text: string): { index: BinIndex; good: number } {
  const index = new BinIndex();
  return { index, good: index.read(text) };
}

Deno.test("BinIndex.read() knows what lives, in order, and what was deleted", () => {
  const { index, good } = read(FIRST + SECOND + THIRD);
  strictEqual(good, FIRST.length + SECOND.length + THIRD.length);
  deepStrictEqual([...index.messages.values()], [message("b", "s1")]);
  deepStrictEqual([...index.segments], [["s1", 1], ["s2", 0]]);
  strictEqual(index.octets, 104);
  deepStrictEqual(["a", "b", "c", "d"].map((uid) => index.has(uid)), [true, true, true, false]);
});

Deno.test("BinIndex.read() counts only whole batches, wherever the file ends", () => {
  const text = FIRST + SECOND + THIRD;
  const ends = [0, FIRST.length, FIRST.length + SECOND.length, text.length];
  for (let cut = 0; cut <= text.length; cut++) {
    strictEqual(read(text.slice(0, cut)).good, ends.findLast((end) => end <= cut), `cut at ${cut}`);
  }
});

Deno.test("BinIndex.read() stops before a damaged batch", async (t) => {
  const damaged = [
    batchText(["M d 1 2 3"]).replace("= 1", "= 2"),
    batchText(["M d 1 2 3"]).replace("d 1", "d 2"),
    batchText(["M d 1 2 3"]).replace(/ \w+\n$/, "\n"),
    "= 1\n",
    ...["M d 1 2", "M d 1 2 x", "M d\x7f 1 2 3", "S ../s", "X d", "\0\0\0", "", "D d -1"]
      .map((line) => batchText([line])),
  ];
  for (const text of damaged) {
    await t.step(JSON.stringify(text), () => {
      strictEqual(read(FIRST + text + SECOND).good, FIRST.length);
    });
  }
});

Deno.test("BinIndex.read() counts no batch in which an octet has changed", () => {
  const text = FIRST + SECOND + THIRD;
  const ends = [0, FIRST.length, FIRST.length + SECOND.length, text.length];
  for (let at = "V 1".length; at < text.length; at++) {
    const changed = String.fromCharCode(text.charCodeAt(at) ^ 1);
    const { good } = read(text.slice(0, at) + changed + text.slice(at + 1));
    strictEqual(good, ends.findLast((end) => end <= at), `octet ${at}`);
  }
});

Deno.test("BinIndex.read() refuses a version it does not know, instead of cutting it off", () => {
  throws(() => read(FIRST.replace("V 1", "V 2")), SyntaxError);
});

Deno.test("BinIndex.read() throws nothing but SyntaxError", () => {
  const line = fc.constantFrom("V 1", "S s", "M a 1 2 3", "D a 1", "= 1", "= 2", "", "\0");
  const batch = fc.array(line).map((lines) => batchText(lines).trimEnd());
  fc.assert(fc.property(fc.array(fc.oneof(line, batch, fc.string())), (lines) => {
    try {
      const text = lines.join("\n");
      ok(read(text).good <= text.length);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }));
});

Deno.test("BinIndex.rewritten() keeps live messages and what was deleted lately", () => {
  const { index } = read(FIRST + SECOND + THIRD + batchText([deletionLine("b", 9000)]) + SECOND);
  const { index: again } = read(index.rewritten(6000));
  deepStrictEqual([...again.messages.keys()], ["c"]);
  deepStrictEqual([...again.segments.keys()], ["s2"]);
  deepStrictEqual(["a", "b"].map((uid) => again.has(uid)), [false, true]);
});

Deno.test("BinIndex.isWasteful() says when dead lines outnumber the rest", () => {
  const many = Array.from({ length: 2000 }, (_, i) => message(`m${i}`, "s1"));
  const { index } = read(batchText(["V 1", ...segmentLines("s1", many)]));
  strictEqual(index.isWasteful(0), false);
  index.apply(many.map(({ uid }) => deletionLine(uid, 1000)));
  strictEqual(index.isWasteful(1000), false);
  strictEqual(index.isWasteful(1001), true);
});
