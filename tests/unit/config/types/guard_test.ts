import { banRule } from "../../../../src/config/types/guard.ts";
import { testTypes } from "../../../support/value_cases.ts";

const MINUTE_MS = 60_000;

testTypes([
  {
    name: "banRule",
    type: banRule,
    valid: [
      ["20 10 60", { failures: 20, withinMs: 10 * MINUTE_MS, banMs: 60 * MINUTE_MS }],
      ["1  1\t1", { failures: 1, withinMs: MINUTE_MS, banMs: MINUTE_MS }],
      ["100000 1440 43200", {
        failures: 100_000,
        withinMs: 1440 * MINUTE_MS,
        banMs: 43_200 * MINUTE_MS,
      }],
      ["off", undefined],
      ["OFF", undefined],
    ],
    invalid: [
      "",
      "on",
      "20",
      "20 10",
      "20 10 60 5",
      "0 10 60",
      "20 0 60",
      "20 10 0",
      "20 1441 60",
      "20 10 43201",
      "100001 10 60",
      "-1 10 60",
      "2.5 10 60",
      "20 10m 60",
      "off 10 60",
    ],
  },
]);
