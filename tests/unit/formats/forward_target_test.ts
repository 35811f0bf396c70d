import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  formatForwardList,
  formatForwardTarget,
  type ForwardTarget,
  parseForwardList,
  parseForwardTarget,
} from "../../../src/formats/forward_target.ts";

const address = (address: string): ForwardTarget => ({ kind: "address", address });
const robot = (command: string): ForwardTarget => ({ kind: "robot", command });
const file = (path: string): ForwardTarget => ({ kind: "file", path });

Deno.test("parseForwardTarget() knows a destination by how it begins", async (t) => {
  const cases: readonly { text: string; want: ForwardTarget }[] = [
    { text: "fred@domain2.com", want: address("fred@domain2.com") },
    { text: " ann ", want: address("ann") },
    { text: '"ann"@x.test', want: address("ann@x.test") },
    { text: '"ann lee"@x.test', want: address('"ann lee"@x.test') },
    { text: "*@*.x.test", want: address("*@*.x.test") },
    { text: "sales/east@x.test", want: address("sales/east@x.test") },
    { text: "$user", want: { kind: "self" } },
    { text: "$USER", want: { kind: "self" } },
    { text: "|drespond.exe", want: robot("drespond.exe") },
    { text: String.raw`| c:\dmail\drespond a "b c"`, want: robot('c:\\dmail\\drespond a "b c"') },
    { text: "/var/mail/all", want: file("/var/mail/all") },
    { text: String.raw`d:\mail\all.txt`, want: file("d:\\mail\\all.txt") },
    { text: String.raw`\\server\mail\all`, want: file("\\\\server\\mail\\all") },
    { text: "/dev/nul", want: { kind: "discard" } },
    { text: "/dev/null", want: { kind: "discard" } },
    { text: "NUL", want: { kind: "discard" } },
    { text: "nul:", want: { kind: "discard" } },
    { text: "/dev/null2", want: file("/dev/null2") },
    { text: "nulx", want: address("nulx") },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => deepStrictEqual(parseForwardTarget(text), want));
  }
});

Deno.test("parseForwardTarget() says what to write instead of what makes no sense", async (t) => {
  const cases = [
    { text: "two words", want: /write an address/ },
    { text: "x@y@z", want: /write an address/ },
    { text: "", want: /write an address/ },
    { text: "|", want: /write a program behind the \|/ },
    { text: '|prog "a', want: /double quotes around a whole argument/ },
    { text: "mail/all.txt", want: /whole path/ },
    { text: String.raw`all\mail`, want: /whole path/ },
    { text: "/var/mail/", want: /not of a directory/ },
    { text: '/var/"mail"', want: /without double quotes/ },
    { text: ":include:/etc/list", want: /the addresses themselves/ },
    { text: "/tmp/a\nb", want: /control characters/ },
    { text: "a".repeat(1025), want: /at most 1024 characters/ },
  ];
  for (const { text, want } of cases) {
    await t.step(JSON.stringify(text.slice(0, 30)), () => {
      const target = parseForwardTarget(text);
      ok(target.kind === "unusable" && want.test(target.advice), JSON.stringify(target));
    });
  }
});

Deno.test("parseForwardList() divides at commas outside quotes", async (t) => {
  const cases: readonly { text: string; want: readonly ForwardTarget[] }[] = [
    { text: "", want: [] },
    { text: ", ,", want: [] },
    { text: " ann@x.test , bob ,", want: [address("ann@x.test"), address("bob")] },
    { text: "$user,ann", want: [{ kind: "self" }, address("ann")] },
    { text: "|drespond a.txt -subject x", want: [robot("drespond a.txt -subject x")] },
    { text: '"|drespond a.txt x,y",ann', want: [robot("drespond a.txt x,y"), address("ann")] },
    { text: '"|prog "two, words" b" , ann', want: [robot('prog "two, words" b'), address("ann")] },
    { text: '"|prog """', want: [robot('prog ""')] },
    // 000:847: the robot whose options are shown in the chain log.
    {
      text: '|drespond msg.txt -from "root@domain.com", bob',
      want: [robot('drespond msg.txt -from "root@domain.com"'), address("bob")],
    },
    // sendmail's users write the quotes behind the bar.
    { text: '|"/usr/bin/vacation bob"', want: [robot("/usr/bin/vacation bob")] },
    { text: '"|"c:\\my prog\\x.exe""', want: [robot('"c:\\my prog\\x.exe"')] },
    { text: '"ann lee"@x.test,"bob"', want: [address('"ann lee"@x.test'), address("bob")] },
    { text: '"/var/a,b",ann', want: [file("/var/a,b"), address("ann")] },
    { text: "ann # not a comment", want: [parseForwardTarget("ann # not a comment")] },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => deepStrictEqual(parseForwardList(text), want));
  }
});

Deno.test("parseForwardList() ends at a comment where there may be one", async (t) => {
  const cases: readonly { text: string; want: readonly ForwardTarget[] }[] = [
    { text: "ann # everywhere, always", want: [address("ann")] },
    { text: "# nobody", want: [] },
    { text: "ann, # and\tnobody", want: [address("ann")] },
    { text: "ann#1", want: [address("ann#1")] },
    { text: '"|prog #1" # one', want: [robot("prog #1")] },
    { text: '"|prog "a # b" c" # one', want: [robot('prog "a # b" c')] },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => deepStrictEqual(parseForwardList(text, { comments: true }), want));
  }
});

Deno.test("parseForwardList() is bounded, and says so", () => {
  const targets = parseForwardList("a,".repeat(100_000));
  strictEqual(targets.length, 1001);
  const last = targets.at(-1);
  ok(last?.kind === "unusable" && last.advice === "write at most 1000 destinations");
});

Deno.test("formatForwardList() refuses what cannot be written", () => {
  for (const text of ['|a "b', 'x"y, z', '"']) {
    throws(() => formatForwardList([{ kind: "unusable", text, advice: "" }, address("c")]));
  }
});

/** Texts of the characters that matter, and of any others. */
const TEXTS = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."|\"',#$ @/\\:.abuser"), maxLength: 60 }),
  fc.string({ unit: "binary", maxLength: 60 }),
);

Deno.test("parseForwardTarget() takes any text and reads back what it wrote", () => {
  fc.assert(fc.property(TEXTS, (text) => {
    const target = parseForwardTarget(text);
    deepStrictEqual(parseForwardTarget(formatForwardTarget(target)), target);
  }));
});

Deno.test("parseForwardList() takes any text and reads back what is usable", () => {
  fc.assert(
    fc.property(TEXTS, fc.boolean(), (text, comments) => {
      const usable = parseForwardList(text, { comments }).filter(({ kind }) => kind !== "unusable");
      const written = formatForwardList(usable);
      deepStrictEqual(parseForwardList(written), usable);
      deepStrictEqual(parseForwardList(written, { comments: true }), usable);
    }),
    { numRuns: 1000 },
  );
});
