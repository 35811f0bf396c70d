import { match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { formatDateTime } from "../../../src/formats/date.ts";

const MOMENT = Date.UTC(2024, 0, 1, 8, 5, 9, 999);

Deno.test("formatDateTime() writes the date-time of RFC 5322", async (t) => {
  const cases = [
    { offsetMinutes: 0, want: "Mon, 1 Jan 2024 08:05:09 +0000" },
    { offsetMinutes: 60, want: "Mon, 1 Jan 2024 09:05:09 +0100" },
    { offsetMinutes: 5 * 60 + 45, want: "Mon, 1 Jan 2024 13:50:09 +0545" },
    { offsetMinutes: -8 * 60, want: "Mon, 1 Jan 2024 00:05:09 -0800" },
    { offsetMinutes: -9 * 60 - 30, want: "Sun, 31 Dec 2023 22:35:09 -0930" },
  ];
  for (const { offsetMinutes, want } of cases) {
    await t.step(want, () => strictEqual(formatDateTime(MOMENT, { offsetMinutes }), want));
  }
});

Deno.test("formatDateTime() puts the zone text in place of the zone only", async (t) => {
  const cases = [
    { zoneText: "-0800 PST", want: "Mon, 1 Jan 2024 09:05:09 -0800 PST" },
    { zoneText: " +1100 ", want: "Mon, 1 Jan 2024 09:05:09 +1100" },
    { zoneText: "", want: "Mon, 1 Jan 2024 09:05:09 +0100" },
    { zoneText: "  ", want: "Mon, 1 Jan 2024 09:05:09 +0100" },
  ];
  for (const { zoneText, want } of cases) {
    await t.step(JSON.stringify(zoneText), () => {
      strictEqual(formatDateTime(MOMENT, { zoneText, offsetMinutes: 60 }), want);
    });
  }
});

Deno.test("formatDateTime() takes the zone of the machine when none is given", () => {
  strictEqual(Date.parse(formatDateTime(MOMENT)), MOMENT - 999);
});

Deno.test("formatDateTime() names the same moment in every zone", () => {
  const moments = fc.integer({ min: 0, max: Date.UTC(2200, 0, 1) });
  const offsets = fc.integer({ min: -12 * 60, max: 14 * 60 });
  fc.assert(fc.property(moments, offsets, (epochMs, offsetMinutes) => {
    const text = formatDateTime(epochMs, { offsetMinutes });
    match(text, /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$/);
    strictEqual(Date.parse(text), epochMs - epochMs % 1000);
  }));
});
