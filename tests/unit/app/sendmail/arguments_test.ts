import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parseSendmail, type SendRequest } from "../../../../src/app/sendmail/arguments.ts";

const PLAIN: SendRequest = {
  recipients: [],
  fromHeader: false,
  ignoreDots: false,
  sender: undefined,
  fullName: undefined,
  notify: undefined,
  ret: undefined,
  envid: undefined,
};

Deno.test("parseSendmail() reads command lines as programs write them", async (t) => {
  const cases: readonly { line: string; want: Partial<SendRequest>; config?: string }[] = [
    { line: "bob@x.test", want: { recipients: ["bob@x.test"] } },
    { line: "bob ann@y.test", want: { recipients: ["bob", "ann@y.test"] } },
    { line: "bob,ann@y.test", want: { recipients: ["bob", "ann@y.test"] } },
    // PHP, cron, Postfix's manual, Perl's MIME::Lite, git send-email.
    { line: "-t -i", want: { fromHeader: true, ignoreDots: true } },
    { line: "-ti", want: { fromHeader: true, ignoreDots: true } },
    {
      line: "-FCronDaemon -i -B8BITMIME -oem root",
      want: { fullName: "CronDaemon", ignoreDots: true, recipients: ["root"] },
    },
    {
      line: "-fbob@x.test -oi ann@y.test",
      want: { sender: "bob@x.test", ignoreDots: true, recipients: ["ann@y.test"] },
    },
    { line: "-f bob@x.test -t", want: { sender: "bob@x.test", fromHeader: true } },
    { line: "-f <> ann", want: { sender: "", recipients: ["ann"] } },
    { line: "-r bob ann", want: { sender: "bob", recipients: ["ann"] } },
    { line: "-i ann@y.test", want: { ignoreDots: true, recipients: ["ann@y.test"] } },
    { line: "-oi -oem -odb -om ann", want: { ignoreDots: true, recipients: ["ann"] } },
    { line: "-t -- -odd@y.test", want: { fromHeader: true, recipients: ["-odd@y.test"] } },
    {
      line: "-N success,failure -R hdrs -V id1 ann",
      want: { notify: ["SUCCESS", "FAILURE"], ret: "HDRS", envid: "id1", recipients: ["ann"] },
    },
    { line: "-Nnever ann", want: { notify: ["NEVER"], recipients: ["ann"] } },
    {
      line: "-v -n -m -U -G -h 5 -p ESMTP -L tag -O Timeout=1 -X log -Ac ann",
      want: { recipients: ["ann"] },
    },
    {
      line: "-t -i /etc/other.conf",
      want: { fromHeader: true },
      config: "/etc/other.conf",
    },
    { line: "-C /etc/other.conf ann", want: { recipients: ["ann"] }, config: "/etc/other.conf" },
  ];
  for (const { line, want, config } of cases) {
    await t.step(line, () => {
      deepStrictEqual(parseSendmail(line.split(" ")), {
        kind: "send",
        ...PLAIN,
        ...want,
        configPath: config,
      });
    });
  }
});

Deno.test("parseSendmail() takes people as mail programs name them", () => {
  const cases = [
    { word: "Bob <bob@x.test>", want: ["bob@x.test"] },
    { word: '"Smith, Bob" <bob@x.test>', want: ["bob@x.test"] },
    { word: "<bob>", want: ["bob"] },
    { word: "bob@x.test (Bob)", want: ["bob@x.test"] },
    { word: '"a,b"@x.test', want: ['"a,b"@x.test'] },
    { word: " bob , ann,", want: ["bob", "ann"] },
    { word: "<a@x.test> <b@x.test", want: ["<a@x.test> <b@x.test"] },
    { word: "bob@x.test\r\nDATA", want: ["bob@x.test\r\nDATA"] },
  ];
  for (const { word, want } of cases) {
    const sent = parseSendmail(["-f", word, "--", word]);
    deepStrictEqual(sent.kind === "send" && sent.recipients, want, word);
    if (want.length === 1) deepStrictEqual(sent.kind === "send" && sent.sender, want[0], word);
  }
});

Deno.test("parseSendmail() knows the other modes, and what is wrong", () => {
  const cases = [
    { line: "-bs", kind: "session" },
    { line: "-b s", kind: "session" },
    { line: "-bp", kind: "list" },
    { line: "-bi", kind: "aliases" },
    { line: "-I", kind: "aliases" },
    { line: "-q", kind: "flush" },
    { line: "-q30m", kind: "flush" },
    { line: "--help", kind: "help" },
    { line: "-bd", kind: "wrong" },
    { line: "-Z ann", kind: "wrong" },
    { line: "ann -f", kind: "wrong" },
    { line: "-N sometimes ann", kind: "wrong" },
    { line: "-N never,success ann", kind: "wrong" },
    { line: "-R all ann", kind: "wrong" },
    { line: "-V a+b ann", kind: "wrong" },
  ];
  for (const { line, kind } of cases) {
    strictEqual(parseSendmail(line.split(" ")).kind, kind, line);
  }
});

Deno.test("parseSendmail() never throws", () => {
  fc.assert(fc.property(fc.array(fc.string({ maxLength: 8 })), (words) => {
    parseSendmail(words);
  }));
});
