import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Router, Verdict } from "../../../../src/domain/routing/mod.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import { parseWildcardList } from "../../../../src/formats/wildcard.ts";
import {
  type RecipientContext,
  recipientReply,
  type RoomCheck,
} from "../../../../src/servers/smtpd/recipient_policy.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";
import { OPEN_POLICY } from "../../../support/smtpd.ts";

const LOCAL: Verdict = { kind: "accept", to: "local", users: ["bob"] };

/** A router that answers as told and remembers what it was asked. */
class FakeRouter implements Pick<Router, "check"> {
  readonly asked: Parameters<Router["check"]>[] = [];
  readonly #answer: () => Promise<Verdict>;

  constructor(answer: Verdict | Error) {
    this.#answer = () => answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  check(...asked: Parameters<Router["check"]>): Promise<Verdict> {
    this.asked.push(asked);
    return this.#answer();
  }
}

async function replyFor(
  address: string,
  context: Partial<RecipientContext> = {},
  declaredOctets?: number,
): Promise<string> {
  const request = { address, sender: "ann@home.test", declaredOctets, index: 0 };
  const { code, text } = await recipientReply(request, {
    client: clientOf(),
    recentUser: undefined,
    policy: OPEN_POLICY,
    router: new FakeRouter(LOCAL),
    room: undefined,
    log: silentLog,
    onUnknownUser: () => {},
    ...context,
  });
  return `${code} ${text}`;
}

Deno.test("recipientReply() puts every verdict into a reply", async (t) => {
  const cases: readonly { verdict: Verdict; want: string; unknown?: number }[] = [
    { verdict: LOCAL, want: "250 Command RCPT User found OK" },
    { verdict: { kind: "accept", to: "redirected", users: [] }, want: "251 Command RCPT OK" },
    { verdict: { kind: "accept", to: "relay", users: [] }, want: "250 Command RCPT OK" },
    { verdict: { kind: "defer", status: "4.3.0", reason: "Asleep" }, want: "451 4.3.0 Asleep" },
    { verdict: { kind: "refuse", status: "5.7.1", reason: "No" }, want: "550 5.7.1 No" },
    {
      verdict: { kind: "refuse", status: "5.1.1", reason: "Nobody" },
      want: "550 5.1.1 Nobody",
      unknown: 1,
    },
  ];
  for (const { verdict, want, unknown = 0 } of cases) {
    await t.step(want, async () => {
      const router = new FakeRouter(verdict);
      let noted = 0;
      const onUnknownUser = () => void noted++;
      strictEqual(await replyFor("bob@office.test", { router, onUnknownUser }), want);
      strictEqual(noted, unknown);
      deepStrictEqual(router.asked, [
        ["bob@office.test", { kind: "network", address: "10.0.0.9" }, "ann@home.test"],
      ]);
    });
  }
});

Deno.test("recipientReply() tells the router who logged in, or read mail lately", async (t) => {
  const cases = [
    { user: undefined, recentUser: undefined, want: undefined },
    { user: "bob", recentUser: undefined, want: "bob" },
    { user: undefined, recentUser: "ann", want: "ann" },
    { user: "bob", recentUser: "ann", want: "bob" },
  ];
  for (const { user, recentUser, want } of cases) {
    await t.step(`${user} ${recentUser}`, async () => {
      const router = new FakeRouter(LOCAL);
      await replyFor("x@y.test", { router, recentUser, client: clientOf({ user }) });
      const [[, origin] = []] = router.asked;
      strictEqual(origin?.kind === "network" ? origin.user : "", want);
    });
  }
});

Deno.test("recipientReply() refuses the recipients of ban_rcptto before it looks for them", async () => {
  const policy = { ...OPEN_POLICY, bannedRecipients: parseWildcardList("bob@office.test,*.old") };
  const router = new FakeRouter(LOCAL);
  const want = "550 5.7.1 Mail for this recipient is not taken";
  strictEqual(await replyFor("Bob@Office.test", { policy, router }), want);
  strictEqual(await replyFor("x@y.old", { policy, router }), want);
  deepStrictEqual(router.asked, []);
  strictEqual(await replyFor("ann@office.test", { policy }), "250 Command RCPT User found OK");
  const free = { ...policy, noLimit: parseIpList("10.0.0.*") };
  strictEqual(
    await replyFor("bob@office.test", { policy: free }),
    "250 Command RCPT User found OK",
  );
});

Deno.test("recipientReply() asks for room in the maildrops a message leads to", async (t) => {
  const full = "452 4.2.2 The mailbox is full, try again later";
  const taken = "250 Command RCPT User found OK";
  const cases: readonly { users: string[]; octets?: number; want: string }[] = [
    { users: ["bob"], want: taken },
    { users: ["bob"], octets: 10, want: taken },
    { users: ["bob"], octets: 11, want: full },
    { users: ["full"], want: full },
    { users: ["dropped"], want: full },
    { users: ["full", "dropped"], want: full },
    { users: ["full", "bob"], want: taken },
    { users: [], octets: 1e9, want: taken },
  ];
  const room: RoomCheck = (user, octets) => {
    if (user === "full") return Promise.resolve("over quota");
    return Promise.resolve(user === "dropped" || octets > 10 ? "drop file full" : "ok");
  };
  for (const { users, octets, want } of cases) {
    await t.step(`${users} ${octets}`, async () => {
      const router = new FakeRouter({ kind: "accept", to: "local", users });
      strictEqual(await replyFor("bob@office.test", { router, room }, octets), want);
    });
  }
});

Deno.test("recipientReply() is temporary, and tells nothing, when something fails", async () => {
  const want = "451 4.3.0 Local error in processing, try again later";
  const router = new FakeRouter(new Error("/var/secret: I/O error"));
  strictEqual(await replyFor("x@y.test", { router }), want);
  const room = () => Promise.reject(new Error("/var/secret: I/O error"));
  strictEqual(await replyFor("x@y.test", { room }), want);
});
