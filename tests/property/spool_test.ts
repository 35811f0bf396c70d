import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import {
  formatRecord,
  formatState,
  parseRecord,
  parseState,
} from "../../src/store/spool_record.ts";
import type { QueueId } from "../../src/store/mod.ts";

const recipient = fc.record({
  address: fc.string(),
  notify: fc.array(fc.constantFrom("NEVER", "SUCCESS", "FAILURE", "DELAY")),
  orcpt: fc.string(),
}, { requiredKeys: ["address"] });

const envelope = fc.record({
  sender: fc.string({ unit: "binary" }),
  recipients: fc.array(recipient, { minLength: 1 }),
  ret: fc.constantFrom("FULL", "HDRS"),
  envid: fc.string(),
  smtpUtf8: fc.boolean(),
}, { requiredKeys: ["sender", "recipients"] });

const origin = fc.oneof(
  fc.record({ kind: fc.constant("network"), address: fc.string() }),
  fc.record({ kind: fc.constant("fetched"), account: fc.string(), uidl: fc.string() }),
  fc.record({ kind: fc.constant("local"), by: fc.string() }),
);

Deno.test("parseRecord() reads back whatever formatRecord() wrote, on one line", () => {
  fc.assert(fc.property(envelope, origin, fc.nat(), (envelope, origin, submittedAtMs) => {
    const record = { id: "0".repeat(16) as QueueId, envelope, origin, submittedAtMs };
    const line = formatRecord(record as Parameters<typeof formatRecord>[0]);
    equal(line.indexOf("\n"), line.length - 1);
    // What is on disk has been through UTF-8.
    const onDisk = new TextDecoder().decode(new TextEncoder().encode(line));
    equal(JSON.stringify(parseRecord(onDisk)), JSON.stringify(record));
  }));
});

Deno.test("parseRecord() and parseState() throw only SyntaxError", () => {
  const inputs = fc.oneof(fc.string(), fc.json(), fc.json().map((json) => `{"v":1,"id":${json}}`));
  fc.assert(fc.property(inputs, (text) => {
    for (const parse of [parseRecord, parseState]) {
      try {
        parse(text);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
  }));
});

Deno.test("parseState() reads back whatever formatState() wrote", () => {
  const state = fc.record({
    held: fc.boolean(),
    recipients: fc.array(
      fc.record({
        address: fc.string(),
        settled: fc.array(fc.string()),
        finished: fc.boolean(),
        attempts: fc.nat(),
        firstAttemptMs: fc.nat(),
        lastAttemptMs: fc.nat(),
        agedMs: fc.nat(),
        nextAttemptMs: fc.nat(),
        lastReason: fc.string(),
      }).chain((one) => fc.constantFrom(one, { ...one, toldOfDelay: true })),
    ),
  });
  fc.assert(fc.property(state, (state) => {
    equal(JSON.stringify(parseState(formatState(state))), JSON.stringify(state));
  }));
});
