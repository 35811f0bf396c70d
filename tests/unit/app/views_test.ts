import { deepStrictEqual as equal, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { channelsTable } from "../../../src/app/channels_view.ts";
import {
  moreInQueue,
  queueDetails,
  queueSummary,
  queueTable,
} from "../../../src/app/queue_view.ts";
import { statusText } from "../../../src/app/status_view.ts";
import type { QueueEntry } from "../../../src/domain/queue/mod.ts";
import type { Channel } from "../../../src/servers/smtpd/mod.ts";
import type { QueueId } from "../../../src/store/mod.ts";
import { emptySnapshot, richSnapshot } from "../../support/status_source.ts";

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const ID = "1M7WH0X8YXW4998G" as QueueId;

const ENTRY: QueueEntry = {
  id: ID,
  sender: "",
  sizeOctets: 2048,
  submittedAtMs: NOW_MS - 120_000,
  file: `/work/queue/${ID}.msg`,
  held: false,
  done: [],
  pending: [
    {
      address: "eve@world.example",
      attempts: 0,
      nextAttemptMs: undefined,
      lastReason: "",
    },
    {
      address: "bob@here.example",
      attempts: 2,
      nextAttemptMs: NOW_MS + 60_000,
      lastReason: "full",
    },
  ],
};

Deno.test("queueTable() says for what each recipient waits", async (t) => {
  const cases = [
    { suspended: false, held: false, want: ["when the line is up", "in 1 min"] },
    { suspended: true, held: false, want: ["when resumed", "in 1 min"] },
    { suspended: false, held: true, want: ["when released", "when released"] },
  ];
  for (const { suspended, held, want } of cases) {
    await t.step(JSON.stringify({ suspended, held }), () => {
      const moment = { nowMs: NOW_MS, suspended };
      const lines = queueTable([{ ...ENTRY, held }], moment).split("\n");
      const rows = lines.slice(1).map((line) => line.split(/ {2,}/));
      equal(rows.map((row) => row.slice(0, 4)), [
        [ID, "2 min", "2 KB", "<>"],
        [ID, "2 min", "2 KB", "<>"],
      ]);
      equal(rows.map((row) => row[5]), want);
      match(queueDetails({ ...ENTRY, held }, moment), new RegExp(`next +${want[0]}`));
    });
  }
});

Deno.test("queueTable() and queueDetails() say who has it, and where the others wait", () => {
  const [eve, bob] = ENTRY.pending;
  const entry: QueueEntry = {
    ...ENTRY,
    done: [
      { address: "ann@here.example", fate: "delivered", lastReason: "" },
      { address: "dora@here.example", fate: "failed", lastReason: "unknown" },
    ],
    pending: [eve!, { ...bob!, leadsTo: ["world.example", "far.example"] }],
  };
  const moment = { nowMs: NOW_MS, suspended: false };
  match(queueTable([entry], moment), /bob@here\.example \(at world\.example, far\.example\)/);
  const details = queueDetails(entry, moment).split("\n");
  equal(details.slice(1, 2), [`file      /work/queue/${ID}.msg`]);
  match(details[4]!, /, 2 min ago$/);
  equal(details.slice(5, 9), [
    "has it    ann@here.example",
    "given up  dora@here.example",
    "  reason  unknown",
    "to        eve@world.example",
  ]);
});

Deno.test("queueTable() names some of very many recipients", () => {
  const [recipient] = ENTRY.pending;
  const entry = { ...ENTRY, pending: Array.from({ length: 1020 }, () => recipient!) };
  const lines = queueTable([entry], { nowMs: NOW_MS, suspended: false }).split("\n");
  strictEqual(lines.length, 22);
  match(lines.at(-1)!, /and 1,000 more/);
});

Deno.test("queueSummary() says how much waits, and for what", async (t) => {
  const none = { messages: 0, held: 0, putOff: 0, forWorld: 0 };
  const cases = [
    { counts: none, want: "The queue is empty" },
    { counts: { ...none, messages: 1 }, want: "1 message waits" },
    {
      counts: { messages: 100_000, held: 2, putOff: 3000, forWorld: 99_000 },
      want: "100,000 messages wait, 99,000 for the world, 3,000 put off after a failure, 2 held",
    },
    { counts: { messages: 2, domain: "b.example" }, want: "2 messages wait for b.example" },
    { counts: { messages: 0, domain: "b.example" }, want: "Nothing waits for b.example" },
  ];
  for (const { counts, want } of cases) {
    await t.step(want, () => {
      strictEqual(queueSummary(counts, { nowMs: NOW_MS, suspended: false }), want);
      const lines = queueSummary(counts, { nowMs: NOW_MS, suspended: true }).split("\n");
      equal(lines, ["Outgoing mail is suspended; tellsmtp resume lets it go", want]);
    });
  }
});

Deno.test("moreInQueue() says that a list is not all", () => {
  strictEqual(moreInQueue(0), undefined);
  match(moreInQueue(1) ?? "", /^and 1 more message; /);
  match(moreInQueue(99_900) ?? "", /^and 99,900 more messages; .*--json/);
});

Deno.test("queueTable() says what waits until ETRN, or ATRN, asks for it", () => {
  const [recipient] = ENTRY.pending;
  for (const goesByAtrn of [false, true]) {
    const entry = { ...ENTRY, pending: [{ ...recipient!, waitsForEtrn: true, goesByAtrn }] };
    const want = goesByAtrn ? "suspended until ATRN" : "suspended until ETRN";
    for (const suspended of [false, true]) {
      const moment = { nowMs: NOW_MS, suspended };
      match(queueTable([entry], moment), new RegExp(`eve@world\\.example +${want}`));
      match(queueDetails(entry, moment), new RegExp(`next +${want}`));
      match(queueTable([{ ...entry, held: true }], moment), /when released/);
    }
  }
});

Deno.test("statusText() names each queue file in use once, and that mail is suspended", () => {
  const file = `/spool/queue/${ID}.msg`;
  const inUse = [{ id: ID, file }, { id: ID, file }, { id: "1M7WH0X8YXW4998H", file: "/other" }];
  const text = statusText({ ...emptySnapshot(), suspended: true }, inUse);
  match(
    text,
    new RegExp(
      `^queue +0 messages\n +Outgoing mail is suspended; tellsmtp resume lets it go\n` +
        `in use +${ID} {2}${file}\n +1M7WH0X8YXW4998H {2}/other\nmailboxes`,
      "m",
    ),
  );
  match(statusText(emptySnapshot(), []), /^queue +0 messages\nin use +no queue file\nmailboxes/m);
});

Deno.test("statusText() tells the fingerprint, and how many are banned", () => {
  match(statusText(emptySnapshot(), []), /^certificate +until 2036-11-17, SHA-256 BE:FD:3B:F2:/m);
  match(
    statusText(richSnapshot(), []),
    /^banned +3 addresses; tellsmtp bans tells which, and why$/m,
  );
  doesNotMatch(statusText(emptySnapshot(), []), /banned/);
});

Deno.test("channelsTable() shows each session on a line", () => {
  const channel: Channel = {
    id: 7,
    address: "192.0.2.1",
    name: "192.0.2.1",
    door: "smtp",
    secure: false,
    user: undefined,
    state: "waits for a command",
    seconds: 75,
    accepted: 3,
    sender: undefined,
  };
  const cells = (text: string) => text.split("\n").map((line) => line.split(/ {2,}/));
  const [, plain, bounce, submission, smtps] = cells(channelsTable([
    channel,
    { ...channel, name: "mx.example", sender: "" },
    { ...channel, door: "submission", secure: true, user: "bob", sender: "bob@office.example" },
    { ...channel, door: "smtps", secure: true },
  ]));
  equal(plain, ["7", "192.0.2.1", "smtp", "1 min", "waits for a command", "3"]);
  equal(bounce, [
    "7",
    "192.0.2.1",
    "mx.example",
    "smtp",
    "1 min",
    "waits for a command",
    "3",
    "<>",
  ]);
  equal(submission?.slice(2), [
    "bob",
    "submission, TLS",
    "1 min",
    "waits for a command",
    "3",
    "bob@office.example",
  ]);
  equal(smtps?.[2], "smtps");
  strictEqual(channelsTable([]), "Nobody is connected");
});
