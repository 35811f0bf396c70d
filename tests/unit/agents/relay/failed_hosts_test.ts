import { deepStrictEqual as equal } from "node:assert/strict";
import { FailedHosts } from "../../../../src/agents/relay/failed_hosts.ts";
import { ManualClock } from "../../../support/manual_clock.ts";

const hop = (address: string) => ({ host: "mx", address, port: 25 });

Deno.test("FailedHosts holds a failure against a host for ten minutes", async () => {
  const clock = new ManualClock();
  const failed = new FailedHosts(clock);
  const isFailed = () => ["a", "b"].map((address) => failed.has(hop(address)));
  failed.add(hop("a"));
  equal(isFailed(), [true, false]);
  await clock.advance(599_999);
  equal(isFailed(), [true, false]);
  await clock.advance(1);
  equal(isFailed(), [false, false]);
});

Deno.test("FailedHosts forgets a host that is well again, and all but a thousand", () => {
  const failed = new FailedHosts(new ManualClock());
  failed.add(hop("a"));
  failed.delete(hop("a"));
  equal(failed.has(hop("a")), false);
  for (let n = 0; n <= 1000; n++) failed.add(hop(`h${n}`));
  equal(["h0", "h1", "h1000"].map((address) => failed.has(hop(address))), [false, true, true]);
});
