import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { Logins } from "../../../../src/servers/smtpd/logins.ts";
import { replies } from "../../../../src/servers/smtpd/replies.ts";
import { FakeAccounts } from "../../../support/fake_accounts.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";

function setUp() {
  const accounts = new FakeAccounts({ bob: "secret" });
  const clock = new ManualClock();
  const log = new RememberingLog();
  const wrong: string[] = [];
  const logins = new Logins({
    ...{ accounts, clock, log },
    onWrongPassword: (_credentials, { address }) => void wrong.push(address),
  });
  const signal = new AbortController();
  const check = (user: string, password: string, address = "192.0.2.9") =>
    logins.check({ user, password }, clientOf({ address }), signal.signal);
  const checkDigest = (secret: string | undefined, digest: string) =>
    logins.checkDigest(
      { user: "Tim", challenge: "<1896.697170952@postoffice.reston.mci.net>", digest },
      { secret, client: clientOf({ address: "192.0.2.9" }) },
      signal.signal,
    );
  return {
    accounts,
    clock,
    log,
    wrong,
    check,
    checkDigest,
    stop: () => signal.abort(new Error("Stopping")),
  };
}

Deno.test("check() knows the right password and tells nothing about a wrong one", async () => {
  const { clock, check, wrong, log, accounts } = setUp();
  deepStrictEqual(await check("Bob", "secret"), { kind: "accepted", user: "bob" });
  for (const [user, password] of [["bob", "wrong"], ["nobody", "secret"]] as const) {
    const result = check(user, password, "192.0.2.10");
    await clock.advance(16_000);
    deepStrictEqual(await result, { kind: "refused", reply: replies.wrongPassword });
  }
  deepStrictEqual(wrong, ["192.0.2.10", "192.0.2.10"]);
  ok(
    log.events("info").includes(
      "Rejected nobody, authent said nobody password wrong or not a valid user",
    ),
  );
  strictEqual(accounts.checks[0], "Bob secret 192.0.2.9");
  ok(!JSON.stringify(log.entries).includes("secret"));
});

Deno.test("check() is temporary while passwords cannot be checked, and counts no failure", async () => {
  const { accounts, check, wrong } = setUp();
  accounts.unavailable = "/etc/passwd: I/O error";
  deepStrictEqual(await check("bob", "secret"), { kind: "refused", reply: replies.cannotCheck });
  deepStrictEqual(wrong, []);
});

Deno.test("check() answers each wrong password of an address later than the last", async () => {
  const { clock, check } = setUp();
  for (const delayMs of [1000, 2000, 4000, 8000, 16_000, 16_000]) {
    let answered = false;
    const result = check("bob", "wrong").finally(() => answered = true);
    await clock.advance(delayMs - 1);
    strictEqual(answered, false);
    await clock.advance(1);
    await result;
  }
  let answered = false;
  const other = check("bob", "wrong", "192.0.2.10").finally(() => answered = true);
  await clock.advance(1000);
  strictEqual(answered, true);
  await other;
});

Deno.test("check() is quick again after the right password", async () => {
  const { clock, check } = setUp();
  for (let i = 0; i < 4; i++) {
    const result = check("bob", "wrong");
    await clock.advance(16_000);
    await result;
  }
  strictEqual((await check("bob", "secret")).kind, "accepted");
  const result = check("bob", "wrong");
  await clock.advance(1000);
  strictEqual((await result).kind, "refused");
});

Deno.test("check() does not keep a server from stopping", async () => {
  const { check, stop } = setUp();
  const result = check("bob", "wrong");
  stop();
  await rejects(result, /Stopping/);
});

Deno.test("check() writes no lines of the client's into the log", async () => {
  const { clock, check, log } = setUp();
  const result = check("eve\r\nLogged in bob\u202e", "x");
  await clock.advance(1000);
  await result;
  ok(log.entries.every(({ event }) => !/[\r\n\u202e]/.test(event)));
});

Deno.test("checkDigest() knows the response of RFC 2195, and tells nothing about another", async () => {
  const { checkDigest, clock, wrong } = setUp();
  const digest = "b913a602c7eda7a495b4e6e7334d3890";
  const right = checkDigest("tanstaaftanstaaf", digest);
  deepStrictEqual(await right, { kind: "accepted", user: "tim" });
  const others = [
    ["tanstaaftanstaaf", "c913a602c7eda7a495b4e6e7334d3890"],
    ["other", digest],
    [undefined, digest],
  ] as const;
  for (const [secret, given] of others) {
    const result = checkDigest(secret, given);
    await clock.advance(16_000);
    deepStrictEqual(await result, { kind: "refused", reply: replies.wrongPassword });
  }
  strictEqual(wrong.length, 3);
});
