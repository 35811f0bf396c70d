import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { layoutSince } from "../../../src/app/layout.ts";
import { configOf } from "../../support/config_text.ts";

Deno.test("layoutSince() takes new virtual domains, and keeps what needs files to be moved", () => {
  let config = configOf("bin_path /bins");
  const layout = layoutSince(() => config);
  const atStart = config.mailboxes.layout;
  assertEquals(layout(), atStart);

  config = configOf(
    "hash_spool 2",
    "hash_bindir true",
    "bin_path /other",
    "drop_prefix false",
    "alt_drop_path office.example /alt",
    "vdomain_separator -",
    "vdomain abc /xdom abc.com /mail/abc",
  );
  const virtualDomains = [{ prefix: "abc", dropPath: "/mail/abc" }];
  assertEquals(layout(), { ...atStart, virtualDomains, separator: "-" });
  strictEqual(layout(), layout()); // One object as long as nothing changes: places are known by it.

  config = configOf("bin_path /bins");
  assertEquals(layout(), atStart);
});
