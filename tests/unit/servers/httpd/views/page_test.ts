import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { StatusSnapshot } from "../../../../../src/servers/httpd/mod.ts";
import { renderPage } from "../../../../../src/servers/httpd/views/page.ts";
import { callingSnapshot, emptySnapshot, richSnapshot } from "../../../../support/status_source.ts";
import { MOMENT } from "./samples.ts";

function pageOf(snapshot: StatusSnapshot): string {
  return String(renderPage({ snapshot }, MOMENT));
}

Deno.test("renderPage() is a whole document with a language, a title and headings", () => {
  const page = pageOf(richSnapshot());
  ok(page.startsWith('<!doctype html>\n<html lang="en">'));
  match(page, /<title>mail\.branch\.example – mail<\/title>/);
  strictEqual(page.split("<h1>").length - 1, 1);
  for (const id of ["line", "accounts", "queue", "mailboxes", "servers", "problems", "log"]) {
    match(page, new RegExp(`<section id="${id}"`));
  }
});

Deno.test("renderPage() loads nothing from elsewhere", () => {
  const links = pageOf(richSnapshot()).matchAll(/\b(?:src|href|action)="([^"]*)"/g);
  for (const [, target] of links) match(target!, /^(?:#|\/|data:)/);
});

Deno.test("renderPage() is drawn anew without scripts, sooner during a call", () => {
  match(pageOf(richSnapshot()), /<noscript><meta http-equiv="refresh" content="60;url=\/">/);
  match(pageOf(callingSnapshot()), /<noscript><meta http-equiv="refresh" content="10;url=\/">/);
});

Deno.test("renderPage() asks for the manager password, or says how to set it", () => {
  match(pageOf(richSnapshot()), /<form method="post" action="\/call">[^]*type="password"/);
  const unset = pageOf(emptySnapshot());
  doesNotMatch(unset, /<form/);
  // Not as an argument: those can be read in the list of processes and in the shell's history.
  match(unset, /<code>dmail tellpop password<\/code>/);
});

Deno.test("renderPage() stays under 30 KB, however much there is to show", () => {
  const rich = callingSnapshot();
  const many = <T>(list: readonly T[], count: number) =>
    Array.from({ length: count }, (_, index) => list[index % list.length]!);
  const full = {
    ...rich,
    accounts: many(rich.accounts, 100),
    queue: many(rich.queue, 100),
    queueTotal: 5000,
    users: many(rich.users, 500),
    problems: many(rich.problems, 100),
    log: many(rich.log, 1000),
  };
  const octets = new TextEncoder().encode(pageOf(full)).length;
  ok(octets < 30 * 1024, `${octets} octets`);
});

/** Everywhere a stranger's text can come from: addresses, replies, log lines, configuration. */
function snapshotOf(evil: string): StatusSnapshot {
  const rich = callingSnapshot();
  const report = { ...rich.accounts[0]!, account: evil, result: evil, ok: false };
  return {
    ...rich,
    hostname: evil,
    version: evil,
    line: {
      ...rich.line,
      description: evil,
      call: {
        ...rich.line.call!,
        events: [
          { kind: "line", text: evil },
          { kind: "etrn", report: { domain: evil, ok: false, result: evil } },
          { kind: "account done", report },
          {
            kind: "account",
            account: evil,
            phase: "fetching",
            messages: 1,
            messagesTotal: 2,
            octets: 1,
            octetsTotal: 2,
          },
        ],
      },
    },
    lastCall: { ...rich.lastCall!, summary: evil },
    accounts: [report],
    queue: rich.queue.map((entry) => ({
      ...entry,
      sender: evil,
      pending: [{ address: evil, attempts: 1, nextAttemptMs: undefined, lastReason: evil }],
    })),
    users: [{ user: evil, messages: 1, octets: 1 }],
    servers: [{ name: evil, listening: [evil], sessions: 1 }],
    problems: [{ severity: "error", text: evil }],
    log: [{ atMs: rich.atMs, program: evil, level: "error", text: evil }],
  };
}

/** The tags of a page with the names of their attributes: what an attacker would want to change. */
function skeleton(page: string): string {
  return [...page.matchAll(/<[a-z!/][^>]*>/gi)].map(([tag]) => tag.replaceAll(/"[^"]*"/g, '""'))
    .join("");
}

Deno.test("renderPage() lets no text become a tag or an attribute", () => {
  // As many characters as are shown, none of them "@": the tags are then the same as for this one.
  const harmless = skeleton(pageOf(snapshotOf("harmless")));
  const hostile = fc.stringMatching(
    /^x(?:<script|<\/script>|<img src=x onerror=|<!--|--!?>|["'<>&=` ]|[a-z]){0,20}$/,
  );
  fc.assert(fc.property(hostile, (evil) => {
    strictEqual(skeleton(pageOf(snapshotOf(evil))), harmless);
  }));
});
