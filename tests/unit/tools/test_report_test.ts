import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  fileTimes,
  formatTotals,
  isNews,
  missingPeer,
  parseTotals,
  skippedTests,
} from "../../../tools/test/report.ts";

Deno.test("parseTotals() reads the last line of a run", async (t) => {
  const cases = [
    { line: "ok | 12 passed | 0 failed (5s)", want: "12 passed, 0 failed" },
    { line: "ok | 12 passed (3 steps) | 0 failed (25ms)", want: "12 passed, 0 failed" },
    {
      line: "FAILED | 2 passed (1 step) | 1 failed (2 steps) | 1 ignored (25ms)",
      want: "2 passed, 1 failed, 1 skipped",
    },
    {
      line: "ok | 7 passed | 0 failed | 3 ignored (1 step) | 2 filtered out (1m2s)",
      want: "7 passed, 0 failed, 3 skipped",
    },
    { line: "ok | 0 passed | 0 failed | 2 filtered out (1ms)", want: "0 passed, 0 failed" },
  ];
  for (const { line, want } of cases) {
    await t.step(line, () => {
      const totals = parseTotals(line);
      strictEqual(totals && formatTotals(totals), want);
    });
  }
});

Deno.test("parseTotals() reads no other line", async (t) => {
  for (const line of ["", "12 passed, 0 failed", "test ok | 1 passed | 0 failed", "ok | done"]) {
    await t.step(line, () => strictEqual(parseTotals(line), undefined));
  }
});

Deno.test("isNews() leaves out what went well", async (t) => {
  const cases = [
    { line: "./tests/a_test.ts => reads ... ok (5ms)", want: false },
    { line: "./tests/a_test.ts => reads ... a line ... ok (5ms)", want: false },
    { line: "./tests/a_test.ts => reads ... ignored (0ms)", want: false },
    { line: "running 4 tests from ./tests/a_test.ts", want: false },
    { line: "reads ...", want: false },
    { line: "Check tests/a_test.ts", want: false },
    { line: "MISSING PEER: swaks is not installed; its tests are skipped", want: false },
    { line: "./tests/a_test.ts => reads ... FAILED (5ms)", want: true },
    { line: "error: AssertionError: Expected values to be strictly equal", want: true },
    { line: "TS2307 [ERROR]: Cannot find module", want: true },
    { line: "FAILED | 2 passed | 1 failed (25ms)", want: true },
  ];
  for (const { line, want } of cases) {
    await t.step(line, () => strictEqual(isNews(line), want));
  }
});

Deno.test("missingPeer() names the program", () => {
  strictEqual(missingPeer("MISSING PEER: swaks is not installed; its tests are skipped"), "swaks");
  strictEqual(missingPeer("swaks is not installed"), undefined);
});

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="1" errors="0" time="0.026">
    <testsuite name="./tests/a_test.ts" tests="2" disabled="0" errors="0" failures="1">
        <testcase name="reads" classname="./tests/a_test.ts" time="0.500" line="1" col="6">
            <failure message="x">Error: &lt;skipped/&gt;</failure>
        </testcase>
        <testcase name="writes" classname="./tests/a_test.ts" time="0.250" line="1" col="54">
        </testcase>
        <testcase name="writes &gt; a line" classname="./tests/a_test.ts" time="0.250" line="1" col="5">
        </testcase>
    </testsuite>
    <testsuite name="./tests/b_test.ts" tests="3" disabled="1" errors="0" failures="0">
        <testcase name="sends to &quot;swaks&quot;" classname="./tests/b_test.ts" time="1.000" line="1" col="6">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("fileTimes() adds up the tests of each file, without their steps", () => {
  deepStrictEqual(fileTimes(REPORT), [
    { file: "tests/b_test.ts", seconds: 1 },
    { file: "tests/a_test.ts", seconds: 0.75 },
  ]);
});

Deno.test("skippedTests() names what was not run", () => {
  deepStrictEqual(skippedTests(REPORT), [{ file: "tests/b_test.ts", name: 'sends to "swaks"' }]);
  deepStrictEqual(skippedTests(""), []);
});
