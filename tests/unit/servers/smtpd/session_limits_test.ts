import { strictEqual } from "node:assert/strict";
import { replies } from "../../../../src/servers/smtpd/replies.ts";
import { SessionLimits } from "../../../../src/servers/smtpd/session_limits.ts";

const MINUTE_MS = 60_000;

/** A session whose time the test sets. */
function limits() {
  const time = { nowMs: 0 };
  const session = new SessionLimits(
    { maxRecipients: 10, idleTimeoutMs: 5 * MINUTE_MS },
    { monotonic: () => time.nowMs },
  );
  return { session, time };
}

Deno.test("command() ends a session of commands that do nothing for a message", async (t) => {
  const cases = [
    { verb: "NOOP", allowed: 100 },
    { verb: "RSET", allowed: 100 },
    { verb: "EHLO", allowed: 100 },
    { verb: "VRFY", allowed: 100 },
    { verb: "ETRN", allowed: 100 },
    { verb: "RCPT", allowed: 20_020 },
    { verb: "FROB", allowed: 20_020 },
  ];
  for (const { verb, allowed } of cases) {
    await t.step(verb, () => {
      const { session } = limits();
      for (let i = 0; i < allowed; i++) strictEqual(session.command(verb), undefined);
      strictEqual(session.command(verb), replies.tooManyCommands);
    });
  }
});

Deno.test("command() counts anew after a message that was taken, and after no other", () => {
  const { session } = limits();
  const hundred = () => Array.from({ length: 100 }, () => session.command("RSET")).at(-1);
  strictEqual(hundred(), undefined);
  session.messageBegun();
  session.messageEnded(true);
  strictEqual(session.accepted, 1);
  strictEqual(hundred(), undefined);
  session.messageBegun();
  session.messageEnded(false);
  strictEqual(session.accepted, 1);
  strictEqual(session.command("RSET"), replies.tooManyCommands);
});

Deno.test("replied() ends a session at its 50th error, once", () => {
  const { session } = limits();
  for (let i = 0; i < 200; i++) strictEqual(session.replied(452), undefined);
  for (let i = 0; i < 49; i++) strictEqual(session.replied(550), undefined);
  strictEqual(session.replied(550), replies.tooManyErrors);
  strictEqual(session.replied(421), undefined);
});

Deno.test("overdue ends who is silent, whatever octets trickle in between commands", () => {
  const { session, time } = limits();
  time.nowMs = 4 * MINUTE_MS;
  session.received(1);
  strictEqual(session.overdue, undefined);
  time.nowMs = 5 * MINUTE_MS;
  strictEqual(session.overdue, replies.idle);
  session.command("NOOP");
  strictEqual(session.overdue, undefined);
});

Deno.test("overdue ends a message that comes too slowly, and no other", async (t) => {
  const cases = [
    { name: "an octet a second", octetsASecond: 1, want: replies.tooSlow },
    { name: "49 octets a second", octetsASecond: 49, want: replies.tooSlow },
    { name: "51 octets a second", octetsASecond: 51, want: undefined },
    { name: "a line that is fast", octetsASecond: 1e6, want: undefined },
  ];
  for (const { name, octetsASecond, want } of cases) {
    await t.step(name, () => {
      const { session, time } = limits();
      session.messageBegun();
      let ended = session.overdue;
      for (let s = 1; s <= 20_000 && ended === undefined; s++) {
        time.nowMs = s * 1000;
        session.received(octetsASecond);
        ended = session.overdue;
      }
      strictEqual(ended, want);
    });
  }
});

Deno.test("overdue ends who is silent in the middle of a message", () => {
  const { session, time } = limits();
  session.messageBegun();
  session.received(1e9);
  time.nowMs = 5 * MINUTE_MS;
  strictEqual(session.overdue, replies.idle);
});

Deno.test("overdue ends a session that keeps itself alive and sends nothing", () => {
  const { session, time } = limits();
  let minutes = 0;
  for (; session.overdue === undefined; time.nowMs = ++minutes * MINUTE_MS) session.command("NOOP");
  strictEqual(session.overdue, replies.tooLong);
  strictEqual(minutes, 61);
});

Deno.test("overdue ends a session after a day, between messages", () => {
  const { session, time } = limits();
  let minutes = 0;
  while (minutes < 24 * 60) {
    session.messageBegun();
    session.received(1000);
    session.messageEnded(true);
    strictEqual(session.overdue, undefined);
    time.nowMs = ++minutes * MINUTE_MS;
  }
  session.messageBegun();
  time.nowMs += MINUTE_MS;
  strictEqual(session.overdue, undefined);
  session.messageEnded(true);
  strictEqual(session.overdue, replies.tooLong);
});

Deno.test("a client that we have called may be refused as often as it likes, but not be silent", () => {
  const time = { nowMs: 0 };
  const session = new SessionLimits(
    { maxRecipients: 10, idleTimeoutMs: 5 * MINUTE_MS, isCalled: true },
    { monotonic: () => time.nowMs },
  );
  for (let i = 0; i < 30_000; i++) {
    strictEqual(session.command("RSET"), undefined);
    strictEqual(session.replied(550), undefined);
  }
  time.nowMs = 5 * MINUTE_MS;
  strictEqual(session.overdue, replies.idle);
});
