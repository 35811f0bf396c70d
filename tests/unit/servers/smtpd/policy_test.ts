import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Origin } from "../../../../src/formats/envelope.ts";
import type { Router, Verdict } from "../../../../src/domain/routing/mod.ts";
import type { RecipientRequest } from "../../../../src/servers/smtpd/host.ts";
import { etrnReply, recipientReply } from "../../../../src/servers/smtpd/policy.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";

function requestFor(address: string): RecipientRequest {
  return { address, sender: "ann@office.test", declaredOctets: undefined, index: 0 };
}

/** A router that remembers what it was asked and answers as told. */
class FakeRouter implements Router {
  readonly asked: [string, Origin][] = [];
  answer: () => Promise<Verdict>;

  constructor(answer: () => Promise<Verdict>) {
    this.answer = answer;
  }

  check(address: string, origin: Origin): Promise<Verdict> {
    this.asked.push([address, origin]);
    return this.answer();
  }

  resolve(): Promise<never> {
    return Promise.reject(new Error("A server does not resolve"));
  }

  isLocal(): boolean {
    return true;
  }
}

Deno.test("recipientReply() puts every verdict into a reply", async (t) => {
  const cases: readonly { verdict: Verdict; want: string }[] = [
    {
      verdict: { kind: "accept", to: "local", users: ["bob"] },
      want: "250 Command RCPT User found OK",
    },
    { verdict: { kind: "accept", to: "redirected", users: [] }, want: "251 Command RCPT OK" },
    { verdict: { kind: "accept", to: "relay", users: [] }, want: "250 Command RCPT OK" },
    { verdict: { kind: "defer", status: "4.3.0", reason: "Asleep" }, want: "451 4.3.0 Asleep" },
    { verdict: { kind: "refuse", status: "5.7.1", reason: "No" }, want: "550 5.7.1 No" },
  ];
  for (const { verdict, want } of cases) {
    await t.step(want, async () => {
      const router = new FakeRouter(() => Promise.resolve(verdict));
      const context = { router, log: silentLog, client: clientOf() };
      const { code, text } = await recipientReply(requestFor("bob@office.test"), context);
      strictEqual(`${code} ${text}`, want);
      deepStrictEqual(router.asked, [
        ["bob@office.test", { kind: "network", address: "10.0.0.9" }],
      ]);
    });
  }
});

Deno.test("recipientReply() is temporary, and tells nothing, when the router fails", async () => {
  const router = new FakeRouter(() => Promise.reject(new Error("/var/secret: I/O error")));
  const reply = await recipientReply(requestFor("x@y.test"), {
    router,
    log: silentLog,
    client: clientOf(),
  });
  deepStrictEqual(reply, { code: 451, text: "4.3.0 Local error in processing, try again later" });
});

Deno.test("etrnReply() passes on what the handler says", async () => {
  const onEtrn = (domain: string) => Promise.resolve({ code: 251, text: `none for ${domain}` });
  deepStrictEqual(await etrnReply("ETRN X.test ", { onEtrn, log: silentLog }), {
    code: 251,
    text: "none for x.test",
  });
});
