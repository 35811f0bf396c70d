import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import fc from "fast-check";
import { askAtrn, readReply } from "../../../../src/agents/relay/atrn.ts";
import { replyText, type SmtpReply } from "../../../../src/formats/smtp.ts";
import { systemClock, systemNet } from "../../../../src/platform/mod.ts";
import { serveScript } from "../../../support/scripted_server.ts";
import { silentLog } from "../../../support/silent_log.ts";

Deno.test("readReply() knows the replies of RFC 2645 section 7", async (t) => {
  const cases = [
    [250, { kind: "turned" }],
    [450, { kind: "failed", result: "The server does not give us this mail (450 so)" }],
    [451, { kind: "failed", result: "The server cannot send just now (451 so)" }],
    [453, { kind: "no mail", result: "No mail is waiting (453 so)" }],
    [500, { kind: "not offered" }],
    [502, { kind: "not offered" }],
    [530, { kind: "failed", result: "The server asks for a password first (530 so)" }],
    [554, { kind: "failed", result: "554 so" }],
    [251, { kind: "failed", result: "251 so" }],
  ] as const;
  for (const [code, want] of cases) {
    await t.step(String(code), () => equal(readReply({ code, lines: ["so"] }), want));
  }
});

Deno.test("readReply() turns round for 250 alone, and quotes everything else it fails by", () => {
  const replies = fc.record({
    code: fc.integer({ min: 200, max: 599 }),
    lines: fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 3 }),
  });
  fc.assert(fc.property(replies, (reply: SmtpReply) => {
    const result = readReply(reply);
    equal(result.kind === "turned", reply.code === 250);
    if (result.kind === "failed") equal(result.result.includes(replyText(reply)), true);
  }));
});

const PROTECTION = { tls: "none", login: { user: "ann", password: "p", setting: "x" } } as const;

async function ask(script: string, domains: readonly string[] = ["a.example", "b.example"]) {
  await using server = serveScript(script);
  const result = await askAtrn(
    {
      ...{ host: "127.0.0.1", port: server.port, hostname: "office.example" },
      ...{ connectTimeoutMs: 60_000, domains, protection: PROTECTION },
    },
    { net: systemNet, clock: systemClock, log: silentLog },
    new AbortController().signal,
  );
  if (result.kind === "turned") result.connection.close();
  equal(await server.problems(), []);
  return result;
}

const LOGIN = `
S: 220 ready
C: EHLO office.example
S2 250-hub|250-AUTH PLAIN
S: 250 ATRN
C: AUTH PLAIN AGFubgBw
S: 235 welcome
`;

Deno.test("askAtrn() logs in, asks for all domains at once, and says goodbye if there is nothing", async () => {
  const result = await ask(`${LOGIN}
C: ATRN a.example,b.example
S: 453 You have no mail
C: QUIT
S: 221 bye
S!`);
  equal(result, { kind: "no mail", result: "No mail is waiting (453 You have no mail)" });
});

Deno.test("askAtrn() hands over a connection that was turned round as it is", async () => {
  const result = await ask(`${LOGIN}\nC: ATRN a.example,b.example\nS: 250 OK\n`);
  equal(result.kind, "turned");
});

Deno.test("askAtrn() trusts no server that goes on talking behind its yes", async () => {
  const result = await ask(`${LOGIN}\nC: ATRN a.example,b.example\nS2 250 OK|EHLO hub\n`);
  equal(result.kind, "failed");
  match(result.kind === "failed" ? result.result : "", /it went on talking/);
});

Deno.test("askAtrn() takes a server without ATRN for what it is", async () => {
  const result = await ask(`
S: 220 ready
C: EHLO office.example
S: 250-hub
S: 250 AUTH PLAIN
C: AUTH PLAIN AGFubgBw
S: 235 welcome
C: QUIT
S: 221 bye
S!`);
  equal(result, { kind: "not offered" });
});

Deno.test("askAtrn() says why it could not ask", async () => {
  const result = await ask(`
S: 220 ready
C: EHLO office.example
S: 250-hub
S: 250 AUTH PLAIN
C: AUTH PLAIN AGFubgBw
S: 535 no
C: QUIT
S: 221 bye
S!`);
  equal(result, {
    kind: "failed",
    result: "127.0.0.1 refuses the user and password of x: 535 no",
  });
});

Deno.test("askAtrn() throws the abort reason", async () => {
  await rejects(
    askAtrn(
      {
        ...{ host: "127.0.0.1", port: 9, hostname: "office.example", connectTimeoutMs: 60_000 },
        ...{ domains: [], protection: PROTECTION },
      },
      { net: systemNet, clock: systemClock, log: silentLog },
      AbortSignal.abort(new Error("enough")),
    ),
    /enough/,
  );
});
