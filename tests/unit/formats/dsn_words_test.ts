import { doesNotMatch, match, strictEqual } from "node:assert/strict";
import { dsnWords } from "../../../src/formats/dsn_words.ts";

Deno.test("dsnWords() knows the usual failures by code, and by words where the code is vague", async (t) => {
  const cases = [
    { status: "5.1.1", reason: "", want: "no such address" },
    { status: "5.1.6", reason: "", want: "no such address" },
    { status: "5.1.2", reason: "There is no such domain: nowhere", want: "no such mail domain" },
    { status: "5.1.10", reason: "", want: "no such mail domain" },
    { status: "5.1.10", reason: "x takes no mail (null MX)", want: "the domain takes no mail" },
    { status: "5.4.4", reason: "No mail exchanger of x", want: "the domain takes no mail" },
    { status: "4.4.4", reason: "The gateway has no address", want: "fault of a mail server" },
    { status: "5.1.3", reason: "", want: "not an address" },
    { status: "5.1.8", reason: "Sender rejected", want: "your address was refused" },
    { status: "5.2.2", reason: "", want: "mailbox full" },
    { status: "4.2.2", reason: "", want: "mailbox full" },
    { status: "5.2.3", reason: "", want: "message too large" },
    { status: "5.3.4", reason: "", want: "message too large" },
    { status: "5.4.6", reason: "", want: "mail loop" },
    { status: "4.4.1", reason: "Cannot connect", want: "mail server not reached" },
    { status: "4.4.3", reason: "Cannot look up", want: "address could not be looked up" },
    { status: "5.7.1", reason: "550 5.7.1 blocked", want: "refused" },
    { status: "5.7.1", reason: "550 5.7.1 Unknown user", want: "no such address" },
    { status: "4.7.5", reason: "Cannot encrypt the session", want: "no encrypted connection" },
    { status: "4.7.4", reason: "must be encrypted", want: "no encrypted connection" },
    {
      status: "4.7.8",
      reason: "password of gateway_auth",
      want: "no login at the next mail server",
    },
    { status: "5.6.7", reason: "", want: "address not understood" },
    { status: "5.6.3", reason: "", want: "message not understood" },
    { status: "5.3.0", reason: "The program for this address did not", want: "not taken" },
    { status: "5.3.5", reason: "", want: "fault of a mail server" },
    { status: "5.0.0", reason: "550 Mailbox is full", want: "mailbox full" },
    { status: "5.0.0", reason: "550 Over quota", want: "mailbox full" },
    { status: "5.0.0", reason: "550 no such user here", want: "no such address" },
    { status: "5.0.0", reason: "550 <x@y>: User unknown", want: "no such address" },
    { status: "5.0.0", reason: "550 Mailbox does not exist", want: "no such address" },
    { status: "5.0.0", reason: "550 Unknown recipient", want: "no such address" },
    { status: "5.0.0", reason: "552 Message size exceeds fixed limit", want: "message too large" },
    { status: "5.0.0", reason: "552 Message too large", want: "message too large" },
    { status: "5.0.0", reason: "554 Transaction failed", want: "not taken" },
    { status: "nonsense", reason: "", want: "not taken" },
  ];
  for (const { status, reason, want } of cases) {
    await t.step(`${status} ${reason}`, () => {
      const words = dsnWords({ action: "failed", status, reason });
      strictEqual(words.short, want);
      match(words.happened, /^[A-Z].*\.$/);
      match(words.advice, /^[A-Z].*\.$/);
    });
  }
});

Deno.test("dsnWords() says of what was given up for how long it was tried, and what the trouble was", () => {
  const facts = { action: "failed", status: "4.4.1", reason: "", triedFor: "48 hours" } as const;
  const words = dsnWords(facts);
  strictEqual(words.short, "mail server not reached, given up after 48 hours");
  match(words.happened, /^The next mail server .* It was tried for 48 hours, .*\.$/);
});

Deno.test("dsnWords() says of other notices that nothing is to be done", async (t) => {
  for (const action of ["delayed", "delivered", "relayed", "expanded"] as const) {
    await t.step(action, () => {
      const words = dsnWords({ action, status: "2.0.0", reason: "" });
      match(words.advice, /^Nothing[.:]/);
      doesNotMatch(words.happened, /undefined/);
    });
  }
});
