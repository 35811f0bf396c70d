import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { inOurWords, replies, type Reply } from "../../../../src/servers/smtpd/replies.ts";
import { SMALL } from "../../../support/smtpd.ts";

/** Every reply, made of something where it needs something. */
function all(): Reply[] {
  const anything = { ...SMALL, name: "tosh.com", address: "10.0.0.9", options: SMALL };
  return Object.values(replies).map((reply) => {
    if (typeof reply !== "function") return reply;
    return (reply as (...of: unknown[]) => Reply)(reply.length === 2 ? "5.1.1" : anything, "x");
  });
}

Deno.test("every refusal carries an enhanced status code of its class (RFC 2034)", () => {
  // 451 and 550 take their status from whoever decides.
  const refusals = all().filter(({ code, text }) => code >= 400 && text !== "5.1.1 x");
  ok(refusals.length > 20);
  for (const { code, text } of refusals) {
    match(String(text), new RegExp(`^${Math.floor(code / 100)}\\.\\d\\.\\d+ `), `${code} ${text}`);
  }
});

Deno.test("the documents' replies stand without a status code", () => {
  for (const { code, text } of all().filter(({ code }) => code < 400)) {
    ok(!/^\d\.\d+\.\d+/.test(String(text)), `${code} ${text}`);
  }
});

Deno.test("smtp_welcome replaces the greeting and hides the product", () => {
  strictEqual(replies.greeting({ ...SMALL, welcome: "mail ready" }).text, "mail ready");
  strictEqual(replies.greeting(SMALL).text, "office.test DSMTP ESMTP Server v1.0");
});

Deno.test("inOurWords() leaves ours alone and none of the library's", async (t) => {
  const cases = [
    { code: 250, text: "Accepted", want: replies.mailOk },
    { code: 550, text: "5.7.1 Relaying is not permitted", want: "5.7.1 Relaying is not permitted" },
    { code: 501, text: "Error: some syntax", want: "5.5.4 some syntax" },
    { code: 450, text: "whatever", want: "4.5.4 whatever" },
    { code: 421, text: "any.host You talk too soon", want: replies.tooEarly(SMALL) },
    { code: 421, text: "HTTP requests not allowed", want: replies.noHttp(SMALL) },
    { code: 250, text: "Command DATA x", want: "Command DATA x" },
  ];
  for (const { code, text, want } of cases) {
    await t.step(`${code} ${text}`, () => {
      deepStrictEqual(
        inOurWords(code, text, SMALL),
        typeof want === "string" ? { code, text: want } : want,
      );
    });
  }
});
