import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { atrnBranch, atrnHub, call, dropOf, sendTo } from "../support/atrn.ts";
import { eventually } from "../support/eventually.ts";

Deno.test("a branch gets its mail down the connection it has made", async (t) => {
  await using hub = await atrnHub();
  for (const door of ["smtp", "odmr"] as const) {
    await t.step(door, async () => {
      await using branch = await atrnBranch(hub.port(door));
      const none = await call(branch);
      equal([none.ok, none.etrn[0]?.ok], [true, true], none.summary);
      match(none.etrn[0]?.result ?? "", /^No mail is waiting \(453 /);

      await sendTo(hub, ["eve@branch.example"], "Subject: one\r\n\r\nHello\r\n");
      const report = await call(branch);
      equal([report.ok, report.etrn[0]?.messages], [true, 1], JSON.stringify(report));
      await eventually("it is delivered", async () => /Subject: one/.test(await dropOf(branch, "eve")));
      strictEqual(hub.appliance.core.queue.counts().messages, 0);
    });
  }
});
