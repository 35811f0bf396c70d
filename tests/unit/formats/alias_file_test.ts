import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type AliasFile,
  formatAliasFile,
  parseAliasFile,
} from "../../../src/formats/alias_file.ts";
import { formatForwardList } from "../../../src/formats/forward_target.ts";
import { octetsOf } from "../../support/octet_text.ts";

function parse(...lines: readonly string[]): AliasFile {
  return parseAliasFile(new TextEncoder().encode(lines.join("\n")));
}

/** `line name: destinations`, one an alias. */
function written({ aliases }: AliasFile): string[] {
  return aliases.map(({ name, targets, line }) => `${line} ${name}: ${formatForwardList(targets)}`);
}

Deno.test("parseAliasFile() reads aliases", async (t) => {
  const cases: readonly { name: string; lines: readonly string[]; want: readonly string[] }[] = [
    { name: "nothing", lines: [], want: [] },
    {
      name: "002:191",
      lines: ["bob: $user,fred@domain2.com"],
      want: ["1 bob: $user, fred@domain2.com"],
    },
    {
      name: "002:201",
      lines: ["sales: fred@domain2.com,john@domain2.com"],
      want: ["1 sales: fred@domain2.com, john@domain2.com"],
    },
    { name: "002:243", lines: ["sales: bob@domain1.com"], want: ["1 sales: bob@domain1.com"] },
    { name: "any case, any blanks", lines: ["Sales :\tAnn ,bob"], want: ["1 sales: Ann, bob"] },
    {
      name: "CRLF and a byte order mark",
      lines: ["\uFEFFa: b\r", "c: d\r"],
      want: ["1 a: b", "2 c: d"],
    },
    {
      name: "comments and blank lines",
      lines: ["# all", "", "a: b", "  # more", "   ", "c: d"],
      want: ["3 a: b", "6 c: d"],
    },
    {
      name: "lines that go on",
      lines: ["staff: ann,", "  bob,", "# the new one", "\tzoe", "a: b"],
      want: ["1 staff: ann, bob, zoe", "5 a: b"],
    },
    {
      name: "wildcards",
      lines: ["sales-*: ann", "*: *@new.example"],
      want: ["1 sales-*: ann", "2 *: *@new.example"],
    },
    {
      name: "robots and files",
      lines: ['info: "|drespond a.txt -subject "Out of office"", /var/mail/info, /dev/nul'],
      want: ['1 info: "|drespond a.txt -subject "Out of office"", /var/mail/info, /dev/null'],
    },
    { name: "a name in quotes", lines: ['"ann lee": ann'], want: ["1 ann lee: ann"] },
  ];
  for (const { name, lines, want } of cases) {
    await t.step(name, () => {
      const file = parse(...lines);
      deepStrictEqual(file.problems, []);
      deepStrictEqual(written(file), want);
    });
  }
});

Deno.test("parseAliasFile() says what is wrong, where, and what to write", async (t) => {
  const cases = [
    { lines: ["a: b", "no colon"], want: 'error 2: no colon: write "name: destination"' },
    { lines: [": ann"], want: "error 1: : ann: write" },
    { lines: ["a:"], want: "error 1: a leads nowhere: write a destination behind the colon" },
    { lines: ["a@b.example: c"], want: "error 1: a@b.example: write it without its domain" },
    { lines: ["two words: c"], want: "error 1: two words is no name" },
    { lines: [`"${"a".repeat(200)}": c`], want: "error 1: aaa" },
    { lines: ["a: b, c d"], want: "error 1: c d: write an address" },
    { lines: ["a: mail/all"], want: "error 1: mail/all: write the whole path" },
    { lines: ["a: :include:/etc/list"], want: "error 1: :include:/etc/list: write the addresses" },
    { lines: ["a: *@b.example"], want: "error 1: *@b.example: write no more * than a has" },
    { lines: ["  b"], want: "error 1: The line begins with a blank and goes on with none" },
    {
      lines: ["a: b", "c\u0001: d", "  e"],
      want: "error 2: The line holds the control character U+0001",
    },
    { lines: ["a: b", "A: c"], want: "warning 2: a stands in line 1 already" },
    { lines: ["a: " + "b,".repeat(1001)], want: "error 1: …: write at most 1000 destinations" },
    { lines: ["a: " + "b".repeat(300_000)], want: "error 1: The line has 300003 characters" },
    {
      lines: ["a: b,", ...Array(6000).fill(" " + "c".repeat(45) + ",")],
      want: "error 5579: The alias is longer than 262144 characters",
    },
  ];
  for (const { lines, want } of cases) {
    await t.step(want, () => {
      const [first] = parse(...lines).problems;
      const text = first && `${first.severity} ${first.line}: ${first.message}`;
      strictEqual(text?.slice(0, want.length), want);
    });
  }
  await t.step("what is no text", () => {
    const { aliases, problems } = parseAliasFile(octetsOf("a: b\n\xff\xfe: c\nd: e"));
    deepStrictEqual(aliases.map(({ name }) => name), ["a", "d"]);
    match(problems[0]?.message ?? "", /not UTF-8/);
  });
});

Deno.test("parseAliasFile() lists no more problems than somebody reads", () => {
  strictEqual(parse(...Array(5000).fill("nonsense")).problems.length, 100);
});

Deno.test("parseAliasFile() reads 20,000 aliases, and long lines, in no time to speak of", () => {
  const file = parse(...Array.from({ length: 20_000 }, (_, i) => `user${i}: other${i}@x.example`));
  strictEqual(file.aliases.length, 20_000);
  strictEqual(parse("a" + " ".repeat(200_000)).problems.length, 1);
  strictEqual(parse("a: " + '"'.repeat(200_001)).problems.length, 1);
});

Deno.test("parseAliasFile() takes any octets and reads back what it wrote", () => {
  const line = fc.string({ unit: fc.constantFrom(..."|\"',#$ @/\\:.*?\tabuser"), maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.oneof(line, line.map((text) => `a: ${text}`))), (lines) => {
      const { aliases } = parse(...lines);
      const again = parseAliasFile(new TextEncoder().encode(formatAliasFile(aliases)));
      deepStrictEqual(again.problems, []);
      const bare = (file: AliasFile) =>
        file.aliases.map(({ name, targets }) => ({ name, targets }));
      deepStrictEqual(bare(again), bare({ aliases, problems: [] }));
    }),
    { numRuns: 1000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
    ok(parseAliasFile(octets).problems.length <= 100);
  }));
});
