import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import type { CallProgress } from "../../../../src/domain/link/mod.ts";
import { ACCOUNT, FetchWorld, messageTo } from "../../../support/fetch_world.ts";
import { type Pop3Quirks, ScriptedPop3 } from "../../../support/scripted_pop3.ts";

/** What a preview of one message says about it. */
async function previewOf(
  text: string,
  { quirks = {} as Pop3Quirks, defaultAddress = "caretaker@office.example" } = {},
): Promise<string> {
  const server = new ScriptedPop3([{ uid: "u1", text }], quirks);
  using world = new FetchWorld(server, { accounts: [ACCOUNT], defaultAddress });
  world.router.unclear.add("zoe");
  const said: CallProgress[] = [];
  const [report] = await world.start().preview(
    (event) => said.push(event),
    new AbortController().signal,
  );
  ok(report?.ok, report?.result);
  assertEquals([world.queue.delivered, server.messages.length], [[], 1]);
  assertEquals(server.commands.filter((command) => /^(RETR|DELE)/.test(command)), []);
  const lines = said.flatMap((event) => event.kind === "line" ? [event.text] : []);
  strictEqual(lines.length, 1);
  return lines[0]?.replace(/^office@pop\.provider\.example: message 1, \d+ bytes: /, "") ?? "";
}

Deno.test("a preview says for whom a message is, why, and what would become of it", async (t) => {
  const cases = [
    { text: messageTo("bob@office.example", 1), want: "for bob@office.example, as To says" },
    {
      text: "X-Rcpt-To: anna@office.example\r\n" + messageTo("bob@office.example", 1),
      want: "for anna@office.example, as X-Rcpt-To says",
    },
    {
      text: messageTo("nobody@office.example", 1),
      want: "for caretaker@office.example with a note, as To says; 1 recipient not known here",
    },
    {
      text: "Subject: no recipient\r\n\r\nHello\r\n",
      want: "for caretaker@office.example, as no header names anybody",
    },
  ];
  for (const { text, want } of cases) {
    await t.step(want, async () => strictEqual(await previewOf(text), want));
  }
});

Deno.test("a preview says what would go wrong", async (t) => {
  await t.step("nobody takes it", async () => {
    const text = messageTo("nobody@office.example", 1);
    match(await previewOf(text, { defaultAddress: "" }), /^would be kept in duds\.dat: nobody@/);
  });
  await t.step("it cannot be said now", async () => {
    const text = messageTo("zoe@office.example", 1);
    match(await previewOf(text), /^would be left for later: The database is away$/);
  });
  await t.step("the server has no TOP", async () => {
    const text = messageTo("bob@office.example", 1);
    match(await previewOf(text, { quirks: { top: false } }), /does not show its header/);
  });
});
