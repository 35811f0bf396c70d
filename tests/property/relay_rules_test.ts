import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { relayRuleFor, type RelayRules } from "../../src/domain/routing/relay_rules.ts";
import { isBanned } from "../../src/servers/smtpd/banned_address.ts";
import { formatWildcardList, parseWildcardList } from "../../src/formats/wildcard.ts";

const RULES: RelayRules = {
  relayTo: ["partner.test"],
  forwardFromIp: () => false,
  forwardFrom: ["friend.test"],
  forwardUser: parseWildcardList("ann"),
};

const aLocal = fc.array(
  fc.oneof(
    fc.constantFrom("bob", "%", "!", "@", '"', "world.test", "partner.test", "friend.test"),
    fc.string({ maxLength: 3 }),
  ),
).map((parts) => parts.join(""));
const aForeignDomain = fc.constantFrom(
  "world.test",
  "partner.test.world.test",
  "sub.partner.test",
  "friend.test",
  "[192.0.2.1]",
);
const aStrangeSender = fc.oneof(
  fc.constant(""),
  fc.tuple(aLocal, fc.constantFrom("world.test", "partner.test", "sub.friend.test"))
    .map((parts) => parts.join("@")),
);
const aStranger = fc.constantFrom(
  { kind: "network", address: "192.0.2.9" } as const,
  { kind: "network", address: "127.0.0.1", user: "bob" } as const,
  { kind: "fetched", account: "ann", uidl: "1" } as const,
);

Deno.test("relayRuleFor() opens nothing whatever stands before the last @", () => {
  fc.assert(fc.property(
    aLocal,
    aForeignDomain,
    aStrangeSender,
    aStranger,
    (local, domain, sender, origin) => {
      strictEqual(
        relayRuleFor({ recipient: `${local}@${domain}`, sender, origin }, RULES),
        undefined,
      );
    },
  ));
});

Deno.test("relayRuleFor() makes no host that trusts us send to a third", () => {
  const aRoutedLocal = fc.tuple(aLocal, fc.constantFrom("%", "!", "@"), aLocal)
    .map((parts) => parts.join(""));
  fc.assert(fc.property(aRoutedLocal, aStrangeSender, aStranger, (local, sender, origin) => {
    const recipient = `${local}@partner.test`;
    strictEqual(relayRuleFor({ recipient, sender, origin }, RULES), undefined);
  }));
});

Deno.test("isBanned() never means a bounce, and is the same however the list is written", () => {
  const aPattern = fc.stringMatching(/^!?[a-z*?@.]{1,8}$/).filter((text) => !/^!?$/.test(text));
  const anAddress = fc.stringMatching(/^[A-Za-z.]{1,8}@[a-z.]{1,8}$/);
  fc.assert(fc.property(fc.array(aPattern, { minLength: 1 }), anAddress, (patterns, address) => {
    const list = parseWildcardList(patterns.join(","));
    strictEqual(isBanned(list, ""), false);
    const same = parseWildcardList(formatWildcardList(list));
    strictEqual(isBanned(same, address.toUpperCase()), isBanned(list, address));
  }));
});
