import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { changesBetween } from "../../../src/config/mod.ts";
import { configOf } from "../../support/config_text.ts";

Deno.test("changesBetween() tells what changed and when it takes effect", () => {
  const before = configOf("link_linger 5", "log_level info", "relay_to a.example");
  const after = configOf("link_linger 7", "log_level debug # for a day", "relay_to b.example");
  assertEquals(changesBetween(before, after), [
    { name: "log_level", effect: "reload" },
    { name: "relay_to", effect: "reload" },
    { name: "link_linger", effect: "restart" },
  ]);
});

Deno.test("changesBetween() finds nothing in comments, order and defaults written down", () => {
  const before = configOf("log_level info", "fake_vrfy true");
  const after = configOf("fake_vrfy yes # please", "pop_port 110", "log_level INFO");
  assertEquals(changesBetween(before, after), []);
});
