import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import type { EtrnAnswer, EtrnQuestion } from "../../../../src/servers/smtpd/mod.ts";
import { type EtrnContext, etrnReply } from "../../../../src/servers/smtpd/etrn_reply.ts";
import { replies } from "../../../../src/servers/smtpd/replies.ts";
import { guardWith } from "../../../support/guards.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";

/** A stranger at a server where anybody may ask. */
function context(
  answer: EtrnAnswer | Error = { kind: "started" },
  also: Partial<EtrnContext> = {},
) {
  const asked: EtrnQuestion[] = [];
  const log = new RememberingLog();
  const clock = new ManualClock();
  const made: EtrnContext = {
    client: { address: "192.0.2.9", door: "smtp", user: undefined },
    isTrusted: false,
    policy: { etrnRules: [], etrnFarm: [], noLimit: [] },
    rates: guardWith({}, { clock }).askRates,
    onEtrn: (question) => {
      asked.push(question);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    log,
    ...also,
  };
  return { context: made, asked, log, clock };
}

Deno.test("etrnReply() answers with the codes of RFC 1985 section 5.1", async (t) => {
  const cases: readonly { answer: EtrnAnswer | Error; want: string }[] = [
    { answer: { kind: "started" }, want: "250 OK, queuing for node @x.test started" },
    { answer: { kind: "nothing" }, want: "251 OK, no messages waiting for node @x.test" },
    { answer: { kind: "pending" }, want: "252 OK, pending messages for node @x.test started" },
    {
      answer: { kind: "pending", messages: 14 },
      want: "253 OK, 14 pending messages for node @x.test started",
    },
    {
      answer: { kind: "unable", reason: "the line is down" },
      want: "458 4.3.2 Unable to queue messages for node @x.test: the line is down",
    },
    {
      answer: { kind: "refused", reason: "its mail is kept here" },
      want: "459 4.7.1 Node @x.test not allowed: its mail is kept here",
    },
    {
      answer: new Error("/etc/secret"),
      want: "458 4.3.0 Unable to queue messages for node @x.test",
    },
  ];
  for (const { answer, want } of cases) {
    await t.step(want, () => {
      const { code, text } = etrnReply("ETRN @X.test", context(answer).context);
      strictEqual(`${code} ${text}`, want);
    });
  }
});

Deno.test("etrnReply() asks nobody where the syntax is wrong", async (t) => {
  const cases = [
    { line: "ETRN", want: replies.etrnSyntax },
    { line: "ETRN   ", want: replies.etrnSyntax },
    { line: "ETRN a.test b.test", want: replies.etrnSyntax },
    {
      line: "ETRN localname",
      want: replies.syntax("Expected a whole domain, as in branch.example or @branch.example"),
    },
    {
      line: "ETRN b\u00c3\u00bccher.test",
      want: replies.syntax("Expected a whole domain, as in branch.example or @branch.example"),
    },
    {
      line: `ETRN ${"x".repeat(4000)}.test`,
      want: replies.syntax("Expected a whole domain, as in branch.example or @branch.example"),
    },
    { line: "ETRN #uucp", want: replies.etrnRefused("#uucp", "there are no queues with names") },
  ];
  for (const { line, want } of cases) {
    await t.step(line.slice(0, 30), () => {
      const { context: made, asked } = context();
      equal(etrnReply(line, made), want);
      equal(asked, []);
    });
  }
});

Deno.test("etrnReply() says whom it knows", async (t) => {
  const policy = { etrnRules: [], etrnFarm: ["10.9.0.1"], noLimit: parseIpList("10.8.*") };
  const at = (address: string) => ({ address, door: "smtp" as const, user: undefined });
  const cases: readonly { name: string; also: Partial<EtrnContext>; known: boolean }[] = [
    { name: "a stranger", also: {}, known: false },
    { name: "our own people", also: { isTrusted: true }, known: true },
    { name: "the farm", also: { client: at("10.9.0.1") }, known: true },
    { name: "fromip_nolimit", also: { client: at("10.8.0.1") }, known: true },
    {
      name: "etrn_from",
      also: {
        policy: { ...policy, etrnRules: [{ domain: "*", who: parseIpList("192.0.2.*") }] },
      },
      known: true,
    },
    {
      name: "etrn_from for all",
      also: { policy: { ...policy, etrnRules: [{ domain: "*", who: parseIpList("*") }] } },
      known: false,
    },
  ];
  for (const { name, also, known } of cases) {
    await t.step(name, () => {
      const { context: made, asked } = context({ kind: "started" }, { policy, ...also });
      etrnReply("ETRN x.test.", made);
      equal(asked.map(({ node, below, isKnown }) => ({ node, below, isKnown })), [
        { node: "x.test", below: false, isKnown: known },
      ]);
      strictEqual(asked[0]?.isOfFarm, name === "the farm");
    });
  }
});

Deno.test("etrnReply() refuses whom etrn_from does not name, and logs who it was", () => {
  const etrnRules = [{ domain: "x.test", who: parseIpList("10.1.*") }];
  const policy = { etrnRules, etrnFarm: [], noLimit: [] };
  const { context: made, asked, log } = context({ kind: "started" }, { policy });
  equal(
    etrnReply("ETRN x.test", made),
    replies.etrnRefused("x.test", "your address may not ask for it"),
  );
  equal(asked, []);
  equal(log.of("Refused ETRN"), [{ domain: "x.test", client: "192.0.2.9", user: undefined }]);
});

Deno.test("etrnReply() asks for a login where users may, and is not there where nobody may", () => {
  const noLimit = parseIpList("10.8.*");
  const users = { etrnRules: [{ domain: "*", who: "users" }], etrnFarm: [], noLimit } as const;
  equal(etrnReply("ETRN x.test", context(undefined, { policy: users }).context), {
    code: 530,
    text: "5.7.0 Authentication required",
  });
  const nobody = { etrnRules: [{ domain: "*", who: "nobody" }], etrnFarm: [], noLimit } as const;
  equal(
    etrnReply("ETRN x.test", context(undefined, { policy: nobody }).context),
    replies.notImplemented,
  );
  const client = { address: "192.0.2.9", door: "submission", user: "eve" } as const;
  equal(
    etrnReply("ETRN x.test", context(undefined, { client }).context),
    replies.notImplemented,
  );
});

Deno.test("etrnReply() does nothing for a stranger who asks too often", async () => {
  const { context: made, asked, clock } = context();
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const reply = etrnReply(`ETRN d${i}.test`, made);
    if (reply === replies.tooManyEtrn) refused++;
  }
  equal([asked.length, refused], [200, 800]);
  match(String(replies.tooManyEtrn.text), /^4\.7\.0 Too many requests/);
  await clock.advance(60_000);
  strictEqual(etrnReply("ETRN x.test", made).code, 250);
  const ours = { ...made, isTrusted: true };
  for (let i = 0; i < 300; i++) strictEqual(etrnReply("ETRN x.test", ours).code, 250);
});

Deno.test("etrnReply() is not able to without a handler", () => {
  equal(
    etrnReply("ETRN x.test", context(undefined, { onEtrn: undefined }).context),
    replies.etrnFailed("x.test"),
  );
});
