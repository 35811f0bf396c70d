import { strictEqual } from "node:assert/strict";
import {
  type RelayRequest,
  relayRuleFor,
  type RelayRules,
} from "../../../../src/domain/routing/relay_rules.ts";
import type { Origin } from "../../../../src/formats/envelope.ts";
import { parseWildcardList } from "../../../../src/formats/wildcard.ts";

const CLOSED: RelayRules = {
  relayTo: [],
  forwardFromIp: () => false,
  forwardFrom: [],
  forwardUser: [],
};

const STRANGER: Origin = { kind: "network", address: "192.0.2.9" };
const BOB: Origin = { kind: "network", address: "192.0.2.9", user: "bob" };

function ruleFor(request: Partial<RelayRequest>, rules: Partial<RelayRules>): string | undefined {
  const usual = { recipient: "x@world.test", sender: "ann@friend.test", origin: STRANGER };
  return relayRuleFor({ ...usual, ...request }, { ...CLOSED, ...rules });
}

Deno.test("relayRuleFor() opens nothing to anybody without a rule", async (t) => {
  const cases: readonly { origin: Origin; want: string | undefined }[] = [
    { origin: STRANGER, want: undefined },
    { origin: { kind: "network", address: "127.0.0.1" }, want: undefined },
    { origin: { kind: "fetched", account: "office", uidl: "1" }, want: undefined },
    { origin: { kind: "local", by: "sendmail" }, want: "local" },
  ];
  for (const { origin, want } of cases) {
    await t.step(JSON.stringify(origin), () => strictEqual(ruleFor({ origin }, {}), want));
  }
});

Deno.test("relayRuleFor() opens to domains of relay_to (S17)", async (t) => {
  const relayTo = ["etrn.test", "*.branch.test", "xn--bcher-kva.test"];
  const cases = [
    { recipient: "x@etrn.test", want: "relay_to" },
    { recipient: "x@ETRN.Test", want: "relay_to" },
    { recipient: "x@a.branch.test", want: "relay_to" },
    { recipient: '"x y"@etrn.test', want: "relay_to" },
    { recipient: "x@Bücher.test", want: "relay_to" },
    { recipient: "x@xn--bcher-kva.test", want: "relay_to" },
    { recipient: "x@sub.etrn.test", want: undefined },
    { recipient: "x@branch.test", want: undefined },
    { recipient: "x@notetrn.test", want: undefined },
    { recipient: "x@etrn.test.evil.test", want: undefined },
    // The host behind it must not be made to send to a third.
    { recipient: "x%evil.test@etrn.test", want: undefined },
    { recipient: "evil.test!x@etrn.test", want: undefined },
    { recipient: '"x@evil.test"@etrn.test', want: undefined },
  ];
  for (const { recipient, want } of cases) {
    await t.step(recipient, () => strictEqual(ruleFor({ recipient }, { relayTo }), want));
  }
});

Deno.test("relayRuleFor() opens to senders of forward_from, never to a bounce", async (t) => {
  const forwardFrom = ["friend.test", "*.friend.test"];
  const cases = [
    { sender: "ann@friend.test", want: "forward_from" },
    { sender: "ann@Mail.FRIEND.test", want: "forward_from" },
    { sender: "ann@foe.test", want: undefined },
    { sender: "friend.test@foe.test", want: undefined },
    { sender: '"ann@friend.test"@foe.test', want: undefined },
    { sender: "", want: undefined },
  ];
  for (const { sender, want } of cases) {
    await t.step(sender || "<>", () => strictEqual(ruleFor({ sender }, { forwardFrom }), want));
  }
  await t.step(
    "<> where every domain may",
    () => strictEqual(ruleFor({ sender: "" }, { forwardFrom: ["*"] }), undefined),
  );
});

Deno.test("relayRuleFor() opens to those of forward_user who have logged in", async (t) => {
  const cases = [
    { list: undefined, origin: BOB, want: "forward_user" },
    { list: "bob,ann", origin: BOB, want: "forward_user" },
    { list: "b*", origin: BOB, want: "forward_user" },
    { list: "ann", origin: BOB, want: undefined },
    { list: "*", origin: STRANGER, want: undefined },
    { list: undefined, origin: STRANGER, want: undefined },
  ];
  for (const { list, origin, want } of cases) {
    const forwardUser = list === undefined ? [] : parseWildcardList(list);
    await t.step(
      `${list} for ${JSON.stringify(origin)}`,
      () => strictEqual(ruleFor({ origin }, { forwardUser }), want),
    );
  }
});

Deno.test("relayRuleFor() opens to addresses of forward_from_ip, whatever else is said", () => {
  const forwardFromIp = (address: string) => address === "192.0.2.9";
  const forwardUser = parseWildcardList("nobody");
  for (const sender of ["", "ann@foe.test"]) {
    strictEqual(
      ruleFor({ sender, origin: BOB }, { forwardFromIp, forwardUser }),
      "forward_from_ip",
    );
  }
  const other: Origin = { kind: "network", address: "192.0.2.10" };
  strictEqual(ruleFor({ origin: other }, { forwardFromIp }), undefined);
});
