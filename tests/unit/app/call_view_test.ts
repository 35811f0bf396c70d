import { deepStrictEqual as assertEquals, match, ok, strictEqual } from "node:assert/strict";
import type { AccountReport } from "../../../src/domain/link/mod.ts";
import { CallView, progressLine } from "../../../src/app/call_view.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { FakeTerminal } from "../../support/world.ts";

const FETCHING = {
  kind: "account",
  account: "office@coastnet.example",
  phase: "fetching",
  messages: 3,
  messagesTotal: 9,
  octets: 31_000,
  octetsTotal: 62_000,
} as const;

Deno.test("progressLine() draws how much has come", () => {
  strictEqual(
    progressLine(FETCHING, 4000).trim(),
    "office@coastnet.example ████████░░░░░░░░ 3/9  30 KB of 61 KB  4 s",
  );
  strictEqual(
    progressLine({ ...FETCHING, phase: "listing" }, 0).trim(),
    "office@coastnet.example: listing",
  );
});

Deno.test("progressLine() never draws more than a full bar when the server's sizes are wrong", () => {
  match(progressLine({ ...FETCHING, octets: 99_000 }, 0), /█{16} 3\/9/);
});

Deno.test("CallView draws a bar for a person, and none into a file", async (t) => {
  for (const isTerminal of [true, false]) {
    await t.step(isTerminal ? "terminal" : "file", () => {
      const terminal = Object.assign(new FakeTerminal(), { isTerminal });
      const view = new CallView({ terminal, clock: new ManualClock() });
      view.show(FETCHING);
      assertEquals(terminal.output.includes("█"), isTerminal);
    });
  }
});

Deno.test("CallView draws no more than ten times a second, but always the last state", async () => {
  const [terminal, clock] = [
    Object.assign(new FakeTerminal(), { isTerminal: true }),
    new ManualClock(),
  ];
  const view = new CallView({ terminal, clock });
  for (let octets = 0; octets < 50; octets++) {
    view.show({ ...FETCHING, octets });
    await clock.advance(10);
  }
  view.show({ ...FETCHING, messages: 9 });
  strictEqual(terminal.output.split("\r").length - 1, 6);
});

Deno.test("CallView keeps the bar below what it tells, until the account is done", () => {
  const terminal = Object.assign(new FakeTerminal(), { isTerminal: true });
  const view = new CallView({ terminal, clock: new ManualClock() });
  view.show(FETCHING);
  const bar = terminal.output;
  view.show({ kind: "sent", delivered: 0, waiting: 1, failed: 1 });
  strictEqual(
    terminal.output,
    `${bar}\r\x1b[K   0.0 s  sent 0 messages, 1 still waiting, 1 returned to the sender\n` +
      bar.replace("\r\x1b[K", ""),
  );
  const report = { account: "a@pop", result: "collected 9 messages" } as AccountReport;
  view.show({ kind: "account done", report });
  ok(terminal.output.endsWith("\r\x1b[K   0.0 s  a@pop: collected 9 messages\n"));
});

Deno.test("CallView tells each event in a line with the time", async () => {
  const [terminal, clock] = [new FakeTerminal(), new ManualClock()];
  const view = new CallView({ terminal, clock });
  view.show({ kind: "line", text: "dialling" });
  await clock.advance(2500);
  view.show({ kind: "etrn", report: { domain: "a.example", ok: true, result: "it begins" } });
  view.show({ kind: "sent", delivered: 1, waiting: 0, failed: 0 });
  strictEqual(
    terminal.output,
    "   0.0 s  dialling\n" +
      "   2.5 s  ETRN a.example: it begins\n" +
      "   2.5 s  sent 1 message, 0 still waiting\n",
  );
});
