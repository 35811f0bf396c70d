import { deepStrictEqual as equal } from "node:assert/strict";
import { isSuspended } from "../../../src/app/suspended_domains.ts";
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
