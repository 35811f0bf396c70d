import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { MessageRates } from "../../../../src/domain/guard/message_rates.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import { parseWildcardList } from "../../../../src/formats/wildcard.ts";
import { isBanned } from "../../../../src/servers/smtpd/banned_address.ts";
import type { PolicyOptions } from "../../../../src/servers/smtpd/policy_options.ts";
import { type Client, replies, type Reply } from "../../../../src/servers/smtpd/replies.ts";
import { senderReply } from "../../../../src/servers/smtpd/sender_policy.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";
import { clientOf } from "../../../support/smtp_client_facts.ts";
import { OPEN_POLICY } from "../../../support/smtpd.ts";

Deno.test("isBanned() means addresses, domains and wildcards, and no bounce", async (t) => {
  const cases = [
    { list: "spam@x.test", address: "spam@x.test", want: true },
    { list: "spam@x.test", address: "SPAM@X.TEST", want: true },
    { list: "spam@x.test", address: "ham@x.test", want: false },
    { list: "*@x.test", address: "ham@x.test", want: true },
    { list: "*@x.test", address: "ham@sub.x.test", want: false },
    { list: "x.test", address: "ham@x.test", want: true },
    { list: "x.test", address: "ham@sub.x.test", want: false },
    { list: "x.test", address: "x.test@other.test", want: false },
    { list: "*.test", address: "ham@sub.x.test", want: true },
    { list: "*casino*", address: "best-casino@x.test", want: true },
    { list: "a@x.test,b@x.test", address: "b@x.test", want: true },
    { list: "!*@partner.test", address: "ham@x.test", want: true },
    { list: "!*@partner.test", address: "ham@partner.test", want: false },
    { list: "!partner.test", address: "ham@partner.test", want: false },
    { list: "xn--bcher-kva.test", address: "ham@Bücher.test", want: true },
    { list: "*@xn--bcher-kva.test", address: "ham@xn--bcher-kva.test", want: true },
    { list: "*", address: "ham@x.test", want: true },
    { list: "*", address: "", want: false },
    { list: "!*@partner.test", address: "", want: false },
  ];
  for (const { list, address, want } of cases) {
    await t.step(`${list} ${address}`, () => {
      strictEqual(isBanned(parseWildcardList(list), address), want);
    });
  }
  strictEqual(isBanned([], "ham@x.test"), false);
});

function replyFor(
  sender: string,
  { client = {}, policy = {}, rates = new MessageRates(new ManualClock()) }: {
    client?: Partial<Client>;
    policy?: Partial<PolicyOptions>;
    rates?: Pick<MessageRates, "admits">;
  },
): Reply {
  return senderReply({ address: sender, parameters: {} }, {
    client: clientOf(client),
    policy: { ...OPEN_POLICY, ...policy },
    rates,
    log: silentLog,
  });
}

Deno.test("senderReply() lets nobody submit who has not logged in (RFC 6409)", async (t) => {
  const cases: readonly { client: Partial<Client>; want: Reply }[] = [
    { client: { door: "smtp" }, want: replies.mailOk },
    { client: { door: "submission" }, want: replies.authRequired },
    { client: { door: "smtps", secure: true }, want: replies.authRequired },
    { client: { door: "submission", user: "bob" }, want: replies.mailOk },
    // An address that may relay is no user: it has the port of servers.
    { client: { door: "submission", address: "10.9.9.9" }, want: replies.authRequired },
    { client: { door: "submission", address: "127.0.0.1" }, want: replies.authRequired },
  ];
  for (const { client, want } of cases) {
    await t.step(JSON.stringify(client), () => {
      for (const sender of ["ann@office.test", "anybody@else.test", ""]) {
        deepStrictEqual(replyFor(sender, { client }), want);
      }
    });
  }
  const noLimit = parseIpList("10.0.0.9");
  deepStrictEqual(
    replyFor("a@x.test", { client: { door: "submission" }, policy: { noLimit } }),
    replies.authRequired,
  );
});

Deno.test("senderReply() refuses the senders of ban_mailfrom", () => {
  const policy = { bannedSenders: parseWildcardList("*@spam.test") };
  deepStrictEqual(replyFor("x@spam.test", { policy }), replies.bannedSender);
  deepStrictEqual(replyFor("x@ham.test", { policy }), replies.mailOk);
  deepStrictEqual(
    replyFor("", { policy: { bannedSenders: parseWildcardList("*") } }),
    replies.mailOk,
  );
  const noLimit = parseIpList("10.0.0.9");
  deepStrictEqual(replyFor("x@spam.test", { policy: { ...policy, noLimit } }), replies.mailOk);
});

Deno.test("senderReply() takes fromip_max messages a minute from an address", async () => {
  const clock = new ManualClock();
  const rates = new MessageRates(clock);
  const policy = { maxMessagesAMinute: 2 };
  const codes = (client: Partial<Client>, policy: Partial<PolicyOptions>) =>
    Array.from({ length: 3 }, () => replyFor("a@x.test", { client, policy, rates }).code);
  deepStrictEqual(codes({}, policy), [250, 250, 451]);
  deepStrictEqual(codes({ user: "bob" }, policy), [451, 451, 451]);
  deepStrictEqual(codes({ address: "10.0.0.8" }, policy), [250, 250, 451]);
  const noLimit = parseIpList("10.0.0.9");
  deepStrictEqual(codes({}, { ...policy, noLimit }), [250, 250, 250]);
  await clock.advance(60_000);
  deepStrictEqual(codes({}, policy), [250, 250, 451]);
});

Deno.test("senderReply() does not count what it refuses anyway", () => {
  const asked: string[] = [];
  const rates = { admits: (address: string) => asked.push(address) > 0 };
  const policy = { maxMessagesAMinute: 2, bannedSenders: parseWildcardList("*@spam.test") };
  replyFor("x@spam.test", { policy, rates });
  replyFor("x@x.test", { client: { door: "submission" }, policy, rates });
  deepStrictEqual(asked, []);
});
