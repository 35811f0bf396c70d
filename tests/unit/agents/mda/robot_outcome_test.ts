import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { outcomeOfRobot, tookTooLong } from "../../../../src/agents/mda/robot_outcome.ts";
import type { Outcome } from "../../../../src/domain/queue/mod.ts";

function inWords(outcome: Outcome): string {
  return outcome.kind === "delivered" ? outcome.kind : `${outcome.kind} ${outcome.status}`;
}

Deno.test("outcomeOfRobot() knows the codes of sysexits.h, and takes any other for a refusal", async (t) => {
  const cases = [
    { code: 0, want: "delivered" },
    { code: 1, want: "permanent 5.3.0" },
    { code: 64, want: "permanent 5.3.0" },
    { code: 65, want: "permanent 5.6.0" },
    { code: 66, want: "permanent 5.3.0" },
    { code: 67, want: "permanent 5.1.1" },
    { code: 68, want: "permanent 5.1.2" },
    { code: 69, want: "permanent 5.3.0" },
    { code: 70, want: "permanent 5.3.0" },
    { code: 71, want: "temporary 4.3.0" },
    { code: 72, want: "permanent 5.3.0" },
    { code: 73, want: "permanent 5.2.0" },
    { code: 74, want: "temporary 4.3.0" },
    { code: 75, want: "temporary 4.3.0" },
    { code: 76, want: "permanent 5.5.0" },
    { code: 77, want: "permanent 5.7.0" },
    { code: 78, want: "permanent 5.3.5" },
    { code: 100, want: "permanent 5.3.0" },
    { code: 126, want: "permanent 5.3.5" },
    { code: 127, want: "permanent 5.3.5" },
    { code: 255, want: "permanent 5.3.0" },
  ];
  for (const { code, want } of cases) {
    await t.step(String(code), () => {
      strictEqual(inWords(outcomeOfRobot({ kind: "exited", code, output: "" })), want);
    });
  }
});

Deno.test("outcomeOfRobot() bounces what cannot be started, but not what had a bad moment", () => {
  const notStarted = { kind: "not started", reason: "/usr/bin/secret: os error 2" } as const;
  const cases = [
    { result: { kind: "killed", by: "SIGSEGV", output: "" } as const, want: "temporary 4.3.0" },
    // As systemd does with all of a service at once.
    { result: { kind: "killed", by: "SIGTERM", output: "" } as const, want: "temporary 4.3.0" },
    { result: { ...notStarted, passing: false }, want: "permanent 5.3.5" },
    { result: { ...notStarted, passing: true }, want: "temporary 4.3.2" },
  ];
  for (const { result, want } of cases) {
    const outcome = outcomeOfRobot(result);
    strictEqual(inWords(outcome), want);
    equal(outcome.kind !== "delivered" && /secret/.test(outcome.reason), false);
  }
});

Deno.test("tookTooLong() is for now", () => {
  equal(tookTooLong(60_000), {
    kind: "temporary",
    status: "4.3.0",
    reason: "The program for this address did not end within 60 seconds",
  });
});

Deno.test("outcomeOfRobot() tells the sender what the robot said, on one line", async (t) => {
  const begin = "The program for this address did not take the message (exit code 65)";
  const cases = [
    { output: "", want: begin },
    { output: "No such list", want: `${begin}: No such list` },
    { output: "one\r\n\ttwo\x1b[31m\0\x07three", want: `${begin}: one two [31m three` },
    { output: "\u202eevil\u2028line\ufffd", want: `${begin}: evil line` },
    { output: "Größe falsch", want: `${begin}: Größe falsch` },
    { output: "x".repeat(8000), want: `${begin}: ${"x".repeat(299)}…` },
  ];
  for (const { output, want } of cases) {
    await t.step(JSON.stringify(output.slice(0, 20)), () => {
      const outcome = outcomeOfRobot({ kind: "exited", code: 65, output });
      strictEqual(outcome.kind === "permanent" && outcome.reason, want);
    });
  }
});

Deno.test("outcomeOfRobot() passes on nothing but text, and little of it", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 1000 }), (output) => {
    const outcome = outcomeOfRobot({ kind: "exited", code: 1, output });
    if (outcome.kind !== "permanent") throw new Error("Not a refusal");
    strictEqual(/[\p{Cc}\u2028\u2029]/u.test(outcome.reason), false);
    strictEqual(outcome.reason.length < 400, true);
  }));
});
