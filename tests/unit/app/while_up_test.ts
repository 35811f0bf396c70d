import { strictEqual } from "node:assert/strict";
import { isUp, whileUp } from "../../../src/app/while_up.ts";
import { FakeLine } from "../../support/fake_line.ts";

Deno.test("isUp() is true of a line that is up, or always there", () => {
  strictEqual(isUp(new FakeLine()), true);
  strictEqual(isUp(new FakeLine({ permanent: false })), true);
  for (const state of ["down", "dialling", "hanging up"] as const) {
    strictEqual(isUp(new FakeLine({ permanent: false, state })), false, state);
  }
});

Deno.test("whileUp() ends when the line goes down, or who uses it is stopped", async (t) => {
  const never = new AbortController().signal;
  await t.step("the line goes down", () => {
    const line = new FakeLine({ permanent: false });
    using inUse = whileUp(line, never);
    strictEqual(inUse.signal.aborted, false);
    line.becomes("hanging up");
    strictEqual(String(inUse.signal.reason), "Error: The line went down");
  });
  await t.step("the line was down", () => {
    using inUse = whileUp(new FakeLine({ permanent: false, state: "down" }), never);
    strictEqual(String(inUse.signal.reason), "Error: The line is down");
  });
  await t.step("a line that is always there", () => {
    const line = new FakeLine();
    using inUse = whileUp(line, never);
    line.becomes("down");
    strictEqual(inUse.signal.aborted, false);
  });
  await t.step("stopped", () => {
    const stop = new AbortController();
    using inUse = whileUp(new FakeLine(), stop.signal);
    stop.abort(new Error("Enough"));
    strictEqual(String(inUse.signal.reason), "Error: Enough");
  });
  await t.step("disposed", () => {
    const line = new FakeLine({ permanent: false });
    whileUp(line, never)[Symbol.dispose]();
    strictEqual(line.watched, 0);
  });
});
