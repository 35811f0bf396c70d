import { deepStrictEqual as equal, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import {
  atrnAnswer,
  type AtrnDecision,
  type AtrnRequest,
  readAtrn,
} from "../../../../src/servers/smtpd/atrn.ts";
import { replies } from "../../../../src/servers/smtpd/replies.ts";
import { silentLog } from "../../../support/silent_log.ts";

Deno.test("readAtrn() reads domains, each once, in ASCII", async (t) => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["ATRN", []],
    ["ATRN  ", []],
    ["atrn example.org", ["example.org"]],
    ["ATRN Example.ORG,example.com", ["example.org", "example.com"]],
    ["ATRN a.example, b.example ,a.EXAMPLE", ["a.example", "b.example"]],
    ["ATRN xn--bcher-kva.example", ["xn--bcher-kva.example"]],
  ];
  for (const [line, want] of cases) await t.step(line, () => equal(readAtrn(line), want));
  const invalid = [
    "ATRN ,",
    "ATRN a.example,",
    "ATRN a.example b.example",
    "ATRN <a.example>",
    "ATRN @a.example",
    "ATRN [10.0.0.1]",
    "ATRN eve@a.example",
  ];
  for (const line of invalid) {
    await t.step(`refuses ${line}`, () => throws(() => readAtrn(line), SyntaxError));
  }
});

Deno.test("readAtrn() throws nothing but a SyntaxError, and gives back what it has read", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 60 }), (rest) => {
    try {
      const domains = readAtrn(`ATRN ${rest}`);
      equal(readAtrn(`ATRN ${domains.join(",")}`), domains);
    } catch (error) {
      strictEqual(error instanceof SyntaxError, true);
    }
  }));
});

function asked(decision: AtrnDecision | Error, user: string | undefined, line = "ATRN a.example") {
  const requests: AtrnRequest[] = [];
  const onAtrn = {
    cram: undefined,
    isOffered: () => true,
    ask(request: AtrnRequest) {
      requests.push(request);
      if (decision instanceof Error) throw decision;
      return decision;
    },
  };
  const client = { user, address: "10.0.0.1" };
  return { requests, answer: atrnAnswer(line, client, { onAtrn, log: silentLog }) };
}

Deno.test("atrnAnswer() passes on who asks, and says what was decided", async (t) => {
  const turned = { kind: "turned", send: () => Promise.resolve() } as const;
  await t.step("turned", () => {
    const { requests, answer } = asked(turned, "ann", "ATRN b.example,a.example");
    strictEqual(answer, turned);
    equal(requests, [{ user: "ann", address: "10.0.0.1", domains: ["b.example", "a.example"] }]);
  });
  const refusals = [
    [{ kind: "no mail" }, replies.noMail],
    [{ kind: "not allowed", reason: "no" }, replies.atrnRefused("no")],
    [{ kind: "unavailable", reason: "wait" }, replies.atrnUnavailable("wait")],
    [new Error("broken"), replies.atrnUnavailable("a failure here")],
  ] as const;
  for (const [decision, reply] of refusals) {
    await t.step(
      String(reply.text),
      () => equal(asked(decision, "ann").answer, { kind: "refused", reply }),
    );
  }
  await t.step("nobody has logged in", () => {
    const { requests, answer } = asked(turned, undefined);
    equal([requests, answer], [[], { kind: "refused", reply: replies.authRequired }]);
  });
  await t.step("no domain", () =>
    equal(asked(turned, "ann", "ATRN a b").answer, {
      kind: "refused",
      reply: replies.syntax("Expected ATRN domain,domain"),
    }));
  await t.step("nobody hands mail out", () => {
    const context = { onAtrn: undefined, log: silentLog };
    equal(atrnAnswer("ATRN", { user: "ann", address: "" }, context), {
      kind: "refused",
      reply: replies.notImplemented,
    });
  });
});

Deno.test("the reply to what follows ATRN is one of its own", () => {
  strictEqual(replies.nothingBehindAtrn.code, 503);
});
