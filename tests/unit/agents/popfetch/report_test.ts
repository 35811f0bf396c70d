import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { DudGuard } from "../../../../src/agents/popfetch/dud_guard.ts";
import { noCounts, reportSession } from "../../../../src/agents/popfetch/report.ts";

Deno.test("reportSession() puts a session into words", async (t) => {
  const cases = [
    { counts: {}, want: "nothing new", ok: true },
    { counts: { fetched: 1 }, want: "collected 1 message", ok: true },
    {
      counts: { fetched: 2, duds: 1 },
      want: "collected 2 messages, kept 1 message for nobody here in duds.dat",
      ok: true,
    },
    { counts: { tooLarge: 2 }, want: "nothing new, left 2 messages over the size limit", ok: true },
    {
      counts: { fetched: 1, later: 1, laterReason: "the database is away" },
      want: "collected 1 message, left 1 message for later: the database is away",
      ok: false,
    },
    {
      counts: { fetched: 1, unconfirmed: true },
      want: "collected 1 message, the server did not confirm the deletion",
      ok: true,
    },
    {
      counts: { waiting: 3, wanted: 2 },
      want: "3 messages on the server, would collect 2",
      ok: true,
    },
    { counts: {}, problem: "x refused", want: "x refused", ok: false },
    {
      counts: { fetched: 3 },
      problem: "x was lost",
      want: "x was lost, after 3 messages",
      ok: false,
    },
  ];
  for (const { counts, problem, want, ok } of cases) {
    await t.step(want, () => {
      const outcome = { problem, durationMs: 5 };
      const report = reportSession("bob@pop", { ...noCounts(), ...counts }, outcome);
      assertEquals([report.result, report.ok, report.durationMs], [want, ok, 5]);
    });
  }
});

Deno.test("DudGuard stops at so many in a row, never below one", () => {
  const guard = new DudGuard(2);
  guard.dud();
  guard.delivered();
  guard.dud();
  assertEquals(guard.stopped, undefined);
  guard.dud();
  assertEquals(String(guard.stopped).startsWith("POPFetch has stopped itself: 2 messages"), true);
  const least = new DudGuard(0);
  assertEquals(least.stopped, undefined);
  least.dud();
  assertEquals(typeof least.stopped, "string");
});
