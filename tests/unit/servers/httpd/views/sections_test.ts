import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import type { StatusSnapshot } from "../../../../../src/servers/httpd/mod.ts";
import { renderSections, type SectionId } from "../../../../../src/servers/httpd/views/sections.ts";
import { emptySnapshot, richSnapshot } from "../../../../support/status_source.ts";
import { MOMENT, textOf } from "./samples.ts";

function shown(id: SectionId, snapshot: StatusSnapshot): string {
  return textOf(renderSections(snapshot, MOMENT)[id]);
}

/** `count` copies of what is in `list`. */
function many<T>(list: readonly T[], count: number): readonly T[] {
  return Array.from({ length: count }, (_, index) => list[index % list.length]!);
}

Deno.test("renderSections() says in words that there is nothing", async (t) => {
  const cases: readonly [SectionId, want: string][] = [
    ["attention", ""],
    [
      "accounts",
      "Collected from the provider No mailbox is collected. Each takes a line pf_user user password host in the configuration.",
    ],
    ["queue", "Waiting to go out Nothing is waiting."],
    ["mailboxes", "Mailboxes There are no users yet. dmail user add NAME makes one."],
    [
      "servers",
      "Servers No server is running. Certificate until 17 Nov 2036, SHA-256 " +
      emptySnapshot().certificate.fingerprint,
    ],
    ["problems", "Configuration No problems found."],
    ["log", "Latest events Nothing has happened yet."],
    ["earlier", ""],
  ];
  for (const [id, want] of cases) {
    await t.step(id, () => strictEqual(shown(id, emptySnapshot()), want));
  }
});

Deno.test("renderSections() tells accounts without a result from none at all", () => {
  const empty = emptySnapshot();
  const heading = "Collected from the provider";
  for (const [accountsTotal, want] of [[1, "1 mailbox"], [12, "12 mailboxes"]] as const) {
    const text = shown("accounts", { ...empty, accountsTotal });
    strictEqual(text, `${heading} Not collected yet: ${want}.`);
  }
});

Deno.test("renderSections() shows what the server upstream said where no mailbox is collected", () => {
  const { lastCall } = richSnapshot();
  ok(lastCall !== undefined);
  const etrn = [
    { domain: "branch.example", ok: true, result: "No mail is waiting" },
    { domain: "ship.example", ok: false, result: "The name <hub> is not known", messages: 0 },
  ];
  const snapshot = { ...emptySnapshot(), lastCall: { ...lastCall, etrn } };
  match(
    shown("accounts", snapshot),
    /Asked for Answer ship\.example ATRN The name <hub> is not known branch\.example ETRN No mail is waiting$/,
  );
  match(shown("accounts", { ...snapshot, accountsTotal: 1 }), /Not collected yet: 1 mailbox\.$/);
});

Deno.test("renderSections() tells what there is", async (t) => {
  const cases: readonly [SectionId, want: RegExp][] = [
    [
      "accounts",
      /office@pop\.provider\.example Collected 12 messages 1 message left at the provider 402 KB 4 min ago/,
    ],
    ["accounts", /info@mail\.other-provider\.example The server refused the password 4 min ago/],
    ["queue", /^Waiting to go out 27 /],
    [
      "queue",
      /to head\.office@example\.org from anna@branch\.example Not tried yet when the line is up 9 min 18 KB/,
    ],
    [
      "queue",
      /legal@partner\.example, a@b\.example and 1 more from chief@branch\.example partner\.example says: 452 4\.3\.1 Insufficient system storage in 25 min 3 h 7 MB/,
    ],
    ["queue", /from the mail server itself \(a delivery report\)/],
    ["queue", /Held by the administrator when released/],
    ["queue", /and 23 more; dmail queue tells more$/],
    ["mailboxes", /anna 12 1\.8 MB bjorn none chief 148 90 MB/],
    ["servers", /SMTP takes mail in 192\.168\.7\.2:25\[fd00::2\]:25 2/],
    ["problems", /^Configuration Error \/etc\/dmail\.conf:57: .* Warning \/etc\/dmail\.conf:41: /],
    ["log", /^Latest events 12:55:48 dialer Line down 12:55:45 mda .* 11:53:20 dsmtp Listening/],
    ["log", /12:55:40 dsmtp Warning Refused to relay/],
  ];
  for (const [id, want] of cases) {
    await t.step(`${id}: ${want.source}`, () => match(shown(id, richSnapshot()), want));
  }
});

Deno.test("renderSections() lists what needs attention, and only that", () => {
  strictEqual(
    shown("attention", richSnapshot()),
    "Needs attention The configuration has 1 error. " +
      "info@mail.other-provider.example: the server refused the password " +
      "A message has been waiting to go out for 2 days.",
  );
  const rich = richSnapshot();
  const failed = { ...rich.lastCall!, line: "failed" as const };
  match(shown("attention", { ...rich, lastCall: failed }), /The last call could not get the line/);
  const fine = {
    ...rich,
    problems: rich.problems.filter(({ severity }) => severity === "warning"),
    accounts: rich.accounts.filter(({ ok }) => ok),
    // What the administrator holds back waits as long as it was told to.
    queue: rich.queue.map((entry) => ({ ...entry, held: true })),
  };
  strictEqual(shown("attention", fine), "");
});

Deno.test("renderSections() says that outgoing mail is suspended", () => {
  const suspended = { ...richSnapshot(), suspended: true };
  match(shown("attention", suspended), /Outgoing mail is suspended; dmail tellsmtp resume lets/);
  match(shown("queue", suspended), /Not tried yet when resumed 9 min 18 KB/);
});

Deno.test("renderSections() tells mail for a suspended domain from mail that is stuck", () => {
  const rich = richSnapshot();
  const queue = rich.queue.map((entry) => ({
    ...entry,
    held: false,
    pending: entry.pending.map((one) => ({
      ...one,
      waitsForEtrn: true,
      nextAttemptMs: undefined,
    })),
  }));
  const text = shown("queue", { ...rich, queue });
  match(text, /Not tried yet suspended until ETRN 9 min 18 KB/);
  const byAtrn = queue.map((entry) => ({
    ...entry,
    pending: entry.pending.map((one) => ({ ...one, goesByAtrn: true })),
  }));
  match(shown("queue", { ...rich, queue: byAtrn }), /Not tried yet suspended until ATRN 9 min/);
  doesNotMatch(shown("attention", { ...rich, queue }), /waiting to go out/);
});

Deno.test("renderSections() says how many it leaves out, and keeps the ones that matter", () => {
  const rich = richSnapshot();
  const good = rich.accounts[0]!;
  const accounts = [...many([good], 40), { ...good, account: "last@x", ok: false, result: "no" }];
  match(shown("accounts", { ...rich, accounts }), /last@x No .*and 29 more; the log has them all$/);
  const users = [...many([{ user: "none", messages: 0, octets: 0 }], 40), rich.users[1]!];
  match(shown("mailboxes", { ...rich, users }), /anna 12 .*and 21 more; dmail user list/);
  const problems = many(rich.problems, 30);
  match(shown("problems", { ...rich, problems }), /and 20 more; dmail check lists them all$/);
  const lines = shown("attention", { ...rich, accounts: many([accounts.at(-1)!], 9) });
  match(lines, /4 more mailboxes failed/);
});

Deno.test("renderSections() splits the log into the latest lines and those before", async (t) => {
  const cases: readonly [lines: number, latest: string, earlier: string][] = [
    [1, "1", ""],
    [8, "8 7 6 5 4 3 2 1", ""],
    [9, "9 8 7 6 5 4 3 2", "1"],
    [50, "50 49 48 47 46 45 44 43", "42 41 40 39 38 37 36 35 34 33"],
  ];
  const numbers = (id: SectionId, snapshot: StatusSnapshot) =>
    [...shown(id, snapshot).matchAll(/line-(\d+)/g)].map(([, number]) => number).join(" ");
  for (const [lines, latest, earlier] of cases) {
    await t.step(`${lines} lines`, () => {
      const rich = richSnapshot();
      const log = many([rich.log[0]!], lines)
        .map((line, index) => ({ ...line, text: `line-${index + 1}` }));
      strictEqual(numbers("log", { ...rich, log }), latest);
      strictEqual(numbers("earlier", { ...rich, log }), earlier);
    });
  }
});

Deno.test("renderSections() names a server it does not know, and one that listens nowhere", () => {
  const servers = [{ name: "<gopher>", listening: [], sessions: 0 }];
  const text = shown("servers", { ...emptySnapshot(), servers });
  match(text, /<gopher> nowhere 0 Certificate/);
});

Deno.test("renderSections() says how many are banned", () => {
  match(shown("servers", richSnapshot()), /3 addresses are kept out .* dmail tellsmtp bans tells/);
  match(shown("servers", { ...richSnapshot(), banned: 1 }), / 1 address is kept out /);
  doesNotMatch(shown("servers", emptySnapshot()), /kept out/);
});
