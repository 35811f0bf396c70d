import { deepStrictEqual as assertEquals, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { findRecipients, senderOf } from "../../src/agents/popfetch/recipients.ts";
import { parseHeader } from "../../src/formats/header.ts";
import { FetchWorld, passTimeUntil } from "../support/fetch_world.ts";
import { ScriptedPop3 } from "../support/scripted_pop3.ts";

const line = fc.oneof(
  fc.constantFrom("", ".", "..", "From x", ".\tdot"),
  fc.stringMatching(/^[ -~]{0,20}$/),
);
const body = fc.array(line, { maxLength: 12 }).map((lines) => lines.join("\r\n") + "\r\n");

Deno.test("whatever a message holds and however it is cut, it arrives as it was", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(body, { minLength: 1, maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
    fc.boolean(),
    async (bodies, pieceOctets, pipelining) => {
      const texts = bodies.map((text, at) => `To: bob@office.example\r\nX: ${at}\r\n\r\n${text}`);
      const messages = texts.map((text, at) => ({ uid: `u${at}`, text }));
      using world = new FetchWorld(new ScriptedPop3(messages, { pipelining }));
      world.net.pieceOctets = pieceOctets;
      await world.collect();
      assertEquals(world.queue.delivered.map((one) => one.body), texts);
      strictEqual(world.server.messages.length, 0);
    },
  ));
});

Deno.test("findRecipients() and senderOf() take any header", () => {
  const name = fc.constantFrom("To", "X-Rcpt-To", "Return-Path", "Delivered-To");
  const field = fc.tuple(name, fc.string()).map(([key, value]) => `${key}: ${value}\r\n`);
  fc.assert(fc.property(fc.array(field), fc.constantFrom("", "x.example"), (fields, domain) => {
    const header = parseHeader(new TextEncoder().encode(fields.join("")));
    const rules = { to: "", header: "Delivered-To", domain };
    for (const address of findRecipients(header, rules).addresses) ok(address.includes("@"));
    const sender = senderOf(header);
    ok(sender === "" || sender.includes("@"));
  }));
});

Deno.test("a server may say anything at all: the session ends and nothing is lost", async () => {
  const answer = fc.oneof(
    fc.constantFrom("+OK", "-ERR", ".", "+OK\r\n.", "+OK\r\n1 x\r\n."),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(answer, { minLength: 1, maxLength: 12 }), async (answers) => {
      const text = "To: bob@office.example\r\n\r\nHello\r\n";
      let at = 0;
      const reply = (command: string) =>
        command.includes(" ") ? undefined : answers[at++ % answers.length] ?? "close";
      using world = new FetchWorld(new ScriptedPop3([{ uid: "a", text }], { reply }));
      await passTimeUntil(world.clock, world.collect());
      world.server.quirks = {};
      await world.collect();
      ok(world.queue.delivered.some((one) => one.body === text));
    }),
    { numRuns: 50 },
  );
});
