import { strictEqual } from "node:assert/strict";
import type { AccountReport, CallReport } from "../../../../src/domain/link/mod.ts";
import { summarise } from "../../../../src/domain/link/summary.ts";

const ACCOUNT: AccountReport = {
  account: "a@pop",
  result: "collected 2 messages",
  ok: true,
  waiting: 2,
  fetched: 2,
  skipped: 0,
  duds: 0,
  octets: 100,
  durationMs: 1000,
};
const REFUSED: AccountReport = { ...ACCOUNT, ok: false, fetched: 0, result: "password refused" };
const ASKED = { domain: "a.example", ok: true, result: "Waiting mail is on its way" };
const NOTHING = { delivered: 0, deferred: 0, failed: 0, problems: [] };

type Call = Parameters<typeof summarise>[0];

function call(parts: Partial<CallReport> & Partial<Pick<Call, "problems">>): Call {
  return {
    line: "dialled",
    accounts: [],
    etrn: [],
    flush: NOTHING,
    durationMs: 14_200,
    problems: [],
    ...parts,
  };
}

Deno.test("summarise() says what was done, then what went wrong", async (t) => {
  const cases = [
    { call: call({}), want: "Nothing to collect or send, in 14 s" },
    { call: call({ accounts: [ACCOUNT] }), want: "Collected 2 messages, sent nothing, in 14 s" },
    {
      call: call({ accounts: [ACCOUNT], flush: { ...NOTHING, delivered: 3 } }),
      want: "Collected 2 messages, sent 3, in 14 s",
    },
    {
      call: call({ etrn: [{ domain: "a.example", ok: true, result: "2 came", messages: 2 }] }),
      want: "Collected 2 messages, sent nothing, in 14 s",
    },
    {
      call: call({ etrn: [{ domain: "a.example", ok: false, result: "450 no", messages: 0 }] }),
      want: "Collected nothing, sent nothing, in 14 s; ATRN a.example: 450 no",
    },
    {
      call: call({ etrn: [ASKED] }),
      want: "Asked for waiting mail, sent nothing, in 14 s",
    },
    {
      call: call({ etrn: [ASKED], flush: { ...NOTHING, delivered: 2 } }),
      want: "Asked for waiting mail, sent 2, in 14 s",
    },
    {
      call: call({ etrn: [ASKED], accounts: [ACCOUNT] }),
      want: "Collected 2 messages, sent nothing, in 14 s",
    },
    {
      call: call({ etrn: [{ ...ASKED, ok: false, result: "450 no" }] }),
      want: "Collected nothing, sent nothing, in 14 s; ETRN a.example: 450 no",
    },
    {
      call: call({ accounts: [REFUSED] }),
      want: "Collected nothing, sent nothing, in 14 s; a@pop: password refused",
    },
    {
      call: call({ flush: { ...NOTHING, deferred: 1, problems: ["gateway is busy"] } }),
      want: "Collected nothing, sent nothing, 1 still waiting, in 14 s; gateway is busy",
    },
    {
      call: call({ flush: { ...NOTHING, failed: 2 } }),
      want: "Collected nothing, sent nothing, 2 returned to the sender, in 14 s",
    },
    {
      call: call({ problems: ["broken off"] }),
      want: "Collected nothing, sent nothing, in 14 s; broken off",
    },
    {
      call: call({ problems: ["a", "b", "c", "d", "e", "a"] }),
      want: "Collected nothing, sent nothing, in 14 s; a; b; c; and 2 more",
    },
    {
      call: call({ line: "failed", problems: ["no carrier"] }),
      want: "The line did not come up: no carrier",
    },
    { call: call({ durationMs: 20 }), want: "Nothing to collect or send, in 1 s" },
  ];
  for (const { call, want } of cases) {
    await t.step(want, () => strictEqual(summarise(call), want));
  }
});
