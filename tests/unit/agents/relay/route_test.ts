import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { relayOptions } from "../../../support/relay_parts.ts";
import { routeOf } from "../../../../src/agents/relay/route.ts";

const gateway = (domain: string, host: string) => ({ domain, host, port: 25 });
const proxy = (domain: string, host: string) => ({ domain, host, port: 23, request: "$IP:25" });

Deno.test("routeOf() takes a gateway before the exchangers, and a proxy on the way to either", async (t) => {
  const cases = [
    { why: "nothing said", gateways: [], proxies: [], want: "far.example" },
    { why: "a gateway", gateways: [gateway("*", "gw")], proxies: [], want: "gw:25" },
    {
      why: "a proxy",
      gateways: [],
      proxies: [proxy("*", "1.2.3.4")],
      want: "far.example by 1.2.3.4:23 $IP:25",
    },
    {
      why: "both for all",
      gateways: [gateway("*", "gw")],
      proxies: [proxy("*", "1.2.3.4")],
      want: "gw:25 by 1.2.3.4:23 $IP:25",
    },
    {
      why: "a gateway of its own",
      gateways: [gateway("far.example", "gw")],
      proxies: [proxy("*", "1.2.3.4")],
      want: "gw:25",
    },
    {
      why: "a proxy of its own",
      gateways: [gateway("*", "gw")],
      proxies: [proxy("*", "9.9.9.9"), proxy("*.example", "1.2.3.4")],
      want: "gw:25 by 1.2.3.4:23 $IP:25",
    },
    {
      why: "a proxy for others",
      gateways: [],
      proxies: [proxy("*.org", "1.2.3.4")],
      want: "far.example",
    },
  ];
  for (const { why, gateways, proxies, want } of cases) {
    await t.step(why, () => {
      strictEqual(routeOf("bob@Far.Example", { ...relayOptions(), gateways, proxies }).name, want);
    });
  }
});

Deno.test("routeOf() leads to the host of an address literal, but through a gateway for all", async (t) => {
  const gateways = [gateway("*", "gw")];
  const proxies = [proxy("*", "1.2.3.4")];
  const cases = [
    { to: "[192.0.2.1]", own: {}, name: "[192.0.2.1]", literal: "192.0.2.1" },
    { to: "[192.000.2.001]", own: {}, name: "[192.0.2.1]", literal: "192.0.2.1" },
    { to: "[IPv6:2001:DB8:0::1]", own: {}, name: "[2001:db8::1]", literal: "2001:db8::1" },
    { to: "[ipv6:::ffff:c000:201]", own: {}, name: "[192.0.2.1]", literal: "192.0.2.1" },
    { to: "[192.0.2.1]", own: { gateways }, name: "gw:25", literal: "192.0.2.1" },
    {
      to: "[192.0.2.1]",
      own: { proxies },
      name: "[192.0.2.1] by 1.2.3.4:23 $IP:25",
      literal: "192.0.2.1",
    },
    { to: "192.0.2.1", own: {}, name: "192.0.2.1", literal: undefined },
  ];
  for (const { to, own, name, literal } of cases) {
    await t.step(`${to} ${Object.keys(own)}`, () => {
      const route = routeOf(`bob@${to}`, relayOptions(own));
      deepStrictEqual({ name: route.name, literal: route.literal }, { name, literal });
    });
  }
});

Deno.test("routeOf() names a domain as DNS does", () => {
  const { domain } = routeOf("bob@B\u00fccher.example", relayOptions());
  strictEqual(domain, "xn--bcher-kva.example");
});

Deno.test("routeOf() gives a password to the gateway it is meant for, and to nobody else", async (t) => {
  const options = relayOptions({
    gateways: [
      { domain: "*", host: "provider", port: 25 },
      { domain: "branch.example", host: "branch", port: 25 },
      { domain: "*.far.example", host: "far", port: 25 },
    ],
    logins: [
      { domain: "*", user: "office", password: "a" },
      { domain: "*.far.example", user: "remote", password: "b" },
    ],
    tls: [{ domain: "b.far.example", tls: "none" }, { domain: "branch.example", tls: "must" }],
  });
  const cases = [
    { to: "x@world.example", user: "office", tls: "must", name: "provider:25 as office" },
    { to: "x@branch.example", user: undefined, tls: "must", name: "branch:25 tls must" },
    { to: "x@a.far.example", user: "remote", tls: "must", name: "far:25 as remote" },
    { to: "x@b.far.example", user: "remote", tls: "none", name: "far:25 as remote tls none" },
  ];
  for (const { to, user, tls, name } of cases) {
    await t.step(to, () => {
      const route = routeOf(to, options);
      strictEqual(route.protection.login?.user, user);
      strictEqual(route.protection.tls, tls);
      strictEqual(route.name, name);
    });
  }
  await t.step("a mail exchanger", () => {
    const { protection } = routeOf("x@world.example", { ...options, gateways: [] });
    strictEqual(protection.login, undefined);
    strictEqual(protection.tls, "may");
  });
});
