import { match, strictEqual } from "node:assert/strict";
import { dsnWords } from "../../../src/formats/dsn_words.ts";

Deno.test("dsnWords() knows the usual failures by code, and by words where the code is vague", async (t) => {
  const cases = [
    { status: "5.1.1", reason: "", want: "no such address" },
    { status: "5.1.6", reason: "", want: "no such address" },
    { status: "5.1.2", reason: "There is no domain nowhere.example", want: "no such mail domain" },
    { status: "5.1.10", reason: "It takes no mail", want: "no such mail domain" },
    { status: "5.1.3", reason: "", want: "not an address" },
    { status: "5.2.2", reason: "", want: "mailbox full" },
    { status: "4.2.2", reason: "", want: "mailbox full" },
    { status: "5.2.3", reason: "", want: "message too large" },
    { status: "5.3.4", reason: "", want: "message too large" },
    { status: "5.4.6", reason: "", want: "mail loop" },
    { status: "5.7.1", reason: "Relaying is not permitted", want: "refused" },
    { status: "5.6.7", reason: "", want: "not understood" },
    { status: "5.0.0", reason: "550 Mailbox is full", want: "mailbox full" },
    { status: "5.0.0", reason: "550 Over quota", want: "mailbox full" },
    { status: "5.0.0", reason: "550 no such user here", want: "no such address" },
    { status: "5.0.0", reason: "550 Unknown recipient", want: "no such address" },
    { status: "5.0.0", reason: "554 Transaction failed", want: "refused" },
    {
      status: "4.4.7",
      reason: "Given up after 48 hours. No answer",
      want: "given up after 48 hours",
    },
  ];
  for (const { status, reason, want } of cases) {
    await t.step(`${status} ${reason}`, () => {
      const words = dsnWords({ action: "failed", address: "bob@example.net", status, reason });
      strictEqual(words.short, want);
      match(words.happened, /^[A-Z].*\.$/);
      match(words.advice, /^[A-Z].*\.$/);
    });
  }
});

Deno.test("dsnWords() says of other notices that nothing is to be done", async (t) => {
  for (const action of ["delayed", "delivered", "relayed"] as const) {
    await t.step(action, () => {
      const words = dsnWords({ action, address: "bob@example.net", status: "2.0.0", reason: "" });
      match(words.advice, /^There is nothing to do/);
    });
  }
});
