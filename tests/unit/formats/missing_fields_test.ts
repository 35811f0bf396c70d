import { deepStrictEqual } from "node:assert/strict";
import { readHeader } from "../../../src/formats/header.ts";
import { missingFields } from "../../../src/formats/missing_fields.ts";

const DEFAULTS = { date: "Mon, 1 Jan 2024 09:05:00 +0100", id: "Q1", hostname: "office.test" };

Deno.test("missingFields() names what a message should have and has not", async () => {
  const date = `Date: ${DEFAULTS.date}`;
  const id = "Message-ID: <Q1@office.test>";
  const cases: readonly { message: string; want: readonly string[] }[] = [
    { message: "Date: x\r\nMessage-Id: y\r\n\r\n", want: [] },
    { message: "date: x\r\n\r\nMessage-ID: in the body", want: [id] },
    { message: "Message-ID: y\r\n\r\n", want: [date] },
    { message: "\r\nbody alone\r\n", want: [date, id] },
    { message: "body alone\r\n", want: [date, id, ""] },
    { message: "", want: [date, id] },
  ];
  for (const { message, want } of cases) {
    const header = await readHeader([new TextEncoder().encode(message)]);
    deepStrictEqual(missingFields(header, DEFAULTS), want, JSON.stringify(message));
  }
});
