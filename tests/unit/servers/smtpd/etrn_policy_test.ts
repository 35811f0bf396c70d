import { strictEqual } from "node:assert/strict";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import type { EtrnRule } from "../../../../src/servers/smtpd/mod.ts";
import {
  etrnPermission,
  hasEtrn,
  isOfFarm,
  mayUseEtrn,
} from "../../../../src/servers/smtpd/etrn_policy.ts";
import type { Door } from "../../../../src/servers/smtpd/replies.ts";

const rule = (domain: string, who: string): EtrnRule => ({
  domain,
  who: who === "users" || who === "nobody" ? who : parseIpList(who),
});

const client = (address: string, user?: string, door: Door = "smtp") => ({ address, user, door });

const BRANCH = [rule("branch.example", "10.1.*,10.2.*")];
const USERS = [rule("branch.example", "users")];

Deno.test("etrnPermission() lets anybody ask until a line says who", async (t) => {
  const cases = [
    { name: "no line", rules: [], address: "192.0.2.9", want: "anybody" },
    { name: "named", rules: BRANCH, address: "10.2.0.1", want: "named" },
    { name: "IPv4 within IPv6", rules: BRANCH, address: "::ffff:10.2.0.1", want: "named" },
    { name: "not named", rules: BRANCH, address: "192.0.2.9", want: "refused" },
    { name: "no line for the domain", rules: [rule("x.example", "*")], want: "refused" },
    { name: "everybody", rules: [rule("*", "*")], want: "anybody" },
    { name: "everybody and named", rules: [rule("*", "*"), ...BRANCH], want: "anybody" },
    {
      name: "named beside everybody",
      rules: [rule("*", "*"), ...BRANCH],
      address: "10.1.0.1",
      want: "named",
    },
    { name: "a wildcard", rules: [rule("*.example", "192.0.2.*")], want: "named" },
    { name: "nobody", rules: [rule("*", "nobody")], want: "refused" },
    { name: "users, not logged in", rules: USERS, want: "login" },
    { name: "users, logged in", rules: USERS, user: "eve", want: "named" },
    {
      name: "users of another domain",
      rules: [...BRANCH, rule("x.example", "users")],
      want: "refused",
    },
    { name: "the farm", rules: [rule("*", "nobody")], address: "10.9.0.1", want: "named" },
    { name: "the farm without lines", rules: [], address: "10.9.0.1", want: "named" },
  ];
  const etrnFarm = ["10.9.0.1", "mx2.example"];
  for (const { name, rules: etrnRules, address = "192.0.2.9", user, want } of cases) {
    await t.step(name, () => {
      const asking = client(address, user);
      strictEqual(etrnPermission("branch.example", asking, { etrnRules, etrnFarm }), want);
    });
  }
});

Deno.test("hasEtrn() and mayUseEtrn() say where there is ETRN, and for whom", async (t) => {
  const who = { address: "192.0.2.9" };
  const cases = [
    { name: "no line", rules: [], ...who, has: true, may: true },
    { name: "submission", rules: [], ...who, door: "submission" as const, has: false, may: false },
    { name: "smtps", rules: [], ...who, door: "smtps" as const, has: false, may: false },
    { name: "off", rules: [rule("*", "nobody")], ...who, has: false, may: false },
    {
      name: "off, and the farm",
      rules: [rule("*", "nobody")],
      address: "10.9.0.1",
      has: true,
      may: true,
    },
    { name: "a stranger", rules: BRANCH, ...who, has: true, may: false },
    { name: "the branch", rules: BRANCH, address: "10.1.0.1", has: true, may: true },
    { name: "a user to be", rules: USERS, ...who, mayLogIn: true, has: true, may: true },
    { name: "a user who cannot be", rules: USERS, ...who, has: true, may: false },
    { name: "a user", rules: USERS, ...who, user: "eve", has: true, may: true },
    { name: "the farm", rules: BRANCH, address: "10.9.0.1", has: true, may: true },
  ];
  for (const { name, rules: etrnRules, address, has, may, ...rest } of cases) {
    const { user, door, mayLogIn = false }: {
      user?: string;
      door?: Door;
      mayLogIn?: boolean;
    } = rest;
    await t.step(name, () => {
      const policy = { etrnRules, etrnFarm: ["10.9.0.1"] };
      strictEqual(hasEtrn(client(address, user, door), policy), has);
      strictEqual(mayUseEtrn(client(address, user, door), policy, { mayLogIn }), may);
    });
  }
});

Deno.test("isOfFarm() knows the farm by its numbers alone", () => {
  const policy = { etrnFarm: ["10.9.0.1", "2001:db8::1", "mx.example"] };
  strictEqual(isOfFarm(policy, "10.9.0.1"), true);
  strictEqual(isOfFarm(policy, "2001:db8:0::1"), true);
  strictEqual(isOfFarm(policy, "10.9.0.2"), false);
  strictEqual(isOfFarm({ etrnFarm: ["mx.example"] }, "10.9.0.1"), false);
});
