import { deepStrictEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { parseForwardList } from "../../../../src/domain/routing/forward_list.ts";

Deno.test("parseForwardList() divides at commas outside quotes", async (t) => {
  const address = (address: string) => ({ kind: "address", address });
  const other = (text: string) => ({ kind: "other", text });
  const cases = [
    { text: "ann", want: [address("ann")] },
    { text: " ann@x.test , bob ,", want: [address("ann@x.test"), address("bob")] },
    { text: "$USER,ann", want: [{ kind: "self" }, address("ann")] },
    { text: "|drespond.exe", want: [other("|drespond.exe")] },
    {
      text: '"|drespond a.txt -subject x,y",ann',
      want: [other("|drespond a.txt -subject x,y"), address("ann")],
    },
    { text: "d:\\mail\\all.txt,/dev/null", want: [other("d:\\mail\\all.txt"), other("/dev/null")] },
    { text: "two words", want: [other("two words")] },
    { text: "x@y@z", want: [other("x@y@z")] },
    { text: '"', want: [address('"')] },
    { text: "", want: [] },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text), () => deepStrictEqual(parseForwardList(text), want));
  }
});

Deno.test("parseForwardList() takes any text and is bounded", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 500 }), (text) => {
    ok(parseForwardList(text).length <= 100);
  }));
  ok(parseForwardList("a,".repeat(100_000)).length === 100);
});
