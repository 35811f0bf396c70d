import { deepStrictEqual as equal } from "node:assert/strict";
import { goesByAtrn, isParked, isSuspended } from "../../../src/app/suspended_domains.ts";
import { configOf } from "../../support/config_text.ts";

Deno.test("isSuspended() knows the domains of suspend_domain, and no others", async (t) => {
  const addresses = [
    "bob@fred.com",
    "bob@FRED.com",
    "bob@sub.fred.com",
    "bob@notfred.com",
    "bob@xn--bcher-kva.example",
    "bob",
  ];
  const cases = [
    { lines: [], want: [] },
    { lines: ["suspend_domain fred.com"], want: ["bob@fred.com", "bob@FRED.com"] },
    { lines: ["suspend_domain *.fred.com"], want: ["bob@sub.fred.com"] },
    { lines: ["suspend_domain B\u00dcCHER.example"], want: ["bob@xn--bcher-kva.example"] },
    {
      lines: ["suspend_domain sub.fred.com", "suspend_domain notfred.com"],
      want: ["bob@sub.fred.com", "bob@notfred.com"],
    },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; ") || "none", () => {
      const config = configOf(...lines);
      equal(addresses.filter(isSuspended(() => config)), want);
    });
  }
});

Deno.test("isSuspended() follows a reload", () => {
  let config = configOf("suspend_domain fred.com");
  const suspended = isSuspended(() => config);
  equal(suspended("bob@fred.com"), true);
  config = configOf();
  equal(suspended("bob@fred.com"), false);
});

Deno.test("isParked() knows the domains of suspend_domain and of atrn_domain", () => {
  const config = configOf(
    "suspend_domain *.fred.com",
    "atrn_domain branch.example bob",
    "atrn_domain b\u00fccher.example bob",
  );
  const domains = [
    "sub.fred.com",
    "branch.example",
    "xn--bcher-kva.example",
    "fred.com",
    "sub.branch.example",
  ];
  equal(domains.filter((domain) => isParked(config, domain)), domains.slice(0, 3));
});

Deno.test("goesByAtrn() knows the domains of atrn_domain that have no gateway of their own", () => {
  const config = configOf(
    "atrn_domain branch.example bob",
    "atrn_domain b\u00fccher.example bob",
    "atrn_domain routed.example bob",
    "gateway routed.example 192.0.2.1",
    "gateway * 192.0.2.2",
  );
  const addresses = [
    "eve@Branch.example",
    "eve@xn--bcher-kva.example",
    "eve@routed.example",
    "eve",
  ];
  equal(addresses.filter(goesByAtrn(() => config)), addresses.slice(0, 2));
});
