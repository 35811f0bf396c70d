import { strictEqual, throws } from "node:assert/strict";
import { LocalTime, timeAgo, timeAhead } from "../../../../../src/servers/httpd/views/moment.ts";
import { MOMENT } from "./samples.ts";

Deno.test("LocalTime writes the time of the office's zone", () => {
  const summer = Date.UTC(2026, 6, 1, 22, 5, 9);
  strictEqual(new LocalTime("Europe/Oslo").full(summer), "Thu, 2 Jul 2026, 00:05:09");
  strictEqual(new LocalTime("Europe/Oslo").day(summer), "2 Jul 2026");
  strictEqual(new LocalTime("Europe/Oslo").minutes(summer), "00:05");
  strictEqual(new LocalTime("America/New_York").seconds(summer), "18:05:09");
});

Deno.test("LocalTime refuses a zone that does not exist", () => {
  throws(() => new LocalTime("Middle/Earth"), RangeError);
});

Deno.test("timeAgo() and timeAhead() keep the exact time for machine and reader", () => {
  strictEqual(
    String(timeAgo(MOMENT.nowMs - 240_000, MOMENT)),
    '<time datetime="2026-11-20T11:56:00Z" title="Fri, 20 Nov 2026, 12:56:00">4 min ago</time>',
  );
  strictEqual(
    String(timeAhead(MOMENT.nowMs + 720_000, MOMENT)),
    '<time datetime="2026-11-20T12:12:00Z" title="Fri, 20 Nov 2026, 13:12:00">in 12 min</time>',
  );
});
