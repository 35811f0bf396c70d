import { strictEqual } from "node:assert/strict";
import { nearest } from "../../../src/formats/did_you_mean.ts";

Deno.test("nearest() finds a misspelt name and does not guess at others", async (t) => {
  const names = ["smtp_port", "pop_port", "log_path", "ras_timer"];
  const cases = [
    { wrong: "smpt_port", want: "smtp_port" },
    { wrong: "smtpport", want: "smtp_port" },
    { wrong: "ras_time", want: "ras_timer" },
    { wrong: "logpath", want: "log_path" },
    { wrong: "colour", want: undefined },
    { wrong: "x", want: undefined },
    { wrong: "", want: undefined },
    { wrong: "z".repeat(5000), want: undefined },
  ];
  for (const { wrong, want } of cases) {
    await t.step(wrong.slice(0, 20), () => strictEqual(nearest(wrong, names), want));
  }
});
