import { deepStrictEqual as equal } from "node:assert/strict";
import { upstreamLogin, upstreamProtection } from "../../../../src/agents/relay/mod.ts";

Deno.test("upstreamProtection() goes by the gateway's domain, then by all, and else wants a good certificate", () => {
  const login = { user: "ann", password: "p" };
  const gateways = [{ domain: "*.far.example", host: "Hub.example", port: 25 }];
  const of = (host: string, ...tls: readonly (readonly [string, "none" | "may" | "must"])[]) =>
    upstreamProtection(host, login, {
      gateways,
      tls: tls.map(([domain, how]) => ({ domain, tls: how })),
    });
  equal(of("hub.example"), { tls: "must", login });
  equal(of("hub.example", ["*", "none"], ["*.far.example", "may"]).tls, "may");
  equal(of("other.example", ["*.far.example", "may"], ["*", "none"]).tls, "none");
  equal(of("other.example", ["*.far.example", "may"]).tls, "must");
});

Deno.test("upstreamLogin() is that of the very domains whose gateway the host is", () => {
  const gateways = [
    { domain: "*", host: "Mail.provider.example", port: 25 },
    { domain: "far.example", host: "far.example", port: 25 },
  ];
  const login = (domain: string) => ({ domain, user: `user of ${domain}`, password: "p" });
  const of = (host: string, ...domains: readonly string[]) =>
    upstreamLogin(host, { gateways, logins: domains.map(login) })?.user;
  equal(of("mail.provider.example", "far.example", "*"), "user of *");
  equal(of("far.example", "*"), undefined, "That of the provider is for the provider");
  equal(of("far.example", "*", "far.example"), "user of far.example");
  equal(of("other.example", "*"), undefined);
});
