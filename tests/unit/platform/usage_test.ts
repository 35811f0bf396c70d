import { ok } from "node:assert/strict";
import { processUsage } from "../../../src/platform/mod.ts";

Deno.test("processUsage() counts what this process has used", () => {
  const before = processUsage();
  ok(before.memoryOctets >= before.heapOctets && before.heapOctets > 1024 * 1024);
  for (let n = 0; processUsage().userMs === before.userMs && n < 1e7; n++);
  ok(processUsage().userMs > before.userMs);
  ok(processUsage().systemMs >= before.systemMs);
});
