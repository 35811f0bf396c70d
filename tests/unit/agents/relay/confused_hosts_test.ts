import { strictEqual } from "node:assert/strict";
import { ConfusedHosts } from "../../../../src/agents/relay/confused_hosts.ts";
import { SmtpError, type SmtpFault } from "../../../../src/agents/relay/smtp_error.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const HOP = { host: "mx.world", address: "192.0.2.1", port: 25 };
const HOUR_MS = 3_600_000;

const ended = (fault?: SmtpFault, answered = false) => ({
  answered,
  failure: fault && new SmtpError("it ended", { status: "4.4.2", fault }),
});

Deno.test("has() is true of a host after what speaks against talking ahead", async (t) => {
  const cases = [
    { name: "nothing", sessions: [], want: false },
    { name: "a wrong answer", sessions: [ended("confused", true)], want: true },
    { name: "one silence", sessions: [ended("silence")], want: false },
    { name: "two silences", sessions: [ended("silence"), ended("silence", true)], want: true },
    { name: "two early losses", sessions: [ended("line"), ended("line")], want: true },
    { name: "two later losses", sessions: [ended("line", true), ended("line", true)], want: false },
    {
      name: "dropped twice",
      sessions: [ended("dropped", true), ended("dropped", true)],
      want: true,
    },
    { name: "421 again and again", sessions: Array(3).fill(ended("closing")), want: false },
    {
      name: "a good session between two losses",
      sessions: [ended("line"), ended(undefined, true), ended("line")],
      want: false,
    },
  ];
  for (const { name, sessions, want } of cases) {
    await t.step(name, () => {
      const hosts = new ConfusedHosts(new ManualClock());
      for (const session of sessions) hosts.note(HOP, session);
      strictEqual(hosts.has(HOP), want);
      strictEqual(hosts.has({ ...HOP, port: 26 }), false);
    });
  }
});

Deno.test("has() forgets a suspicion after an hour, and what is certain never", async () => {
  const clock = new ManualClock();
  const hosts = new ConfusedHosts(clock);
  const certain = { ...HOP, address: "192.0.2.2" };
  hosts.note(HOP, ended("silence"));
  hosts.note(HOP, ended("silence"));
  hosts.note(certain, ended("confused"));
  await clock.advance(HOUR_MS);
  strictEqual(hosts.has(HOP), true);
  await clock.advance(1);
  strictEqual(hosts.has(HOP), false);
  await clock.advance(1000 * HOUR_MS);
  strictEqual(hosts.has(certain), true);
});

Deno.test("note() remembers a thousand hosts at most", () => {
  const hosts = new ConfusedHosts(new ManualClock());
  for (let port = 0; port <= 1000; port++) hosts.note({ ...HOP, port }, ended("confused"));
  strictEqual(hosts.has({ ...HOP, port: 0 }), false);
  strictEqual(hosts.has({ ...HOP, port: 1 }), true);
});
