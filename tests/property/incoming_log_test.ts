import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatRecords,
  type IncomingRecord,
  IncomingScanner,
  isSegmentKey,
  segmentKey,
} from "../../src/store/incoming_record.ts";
import type { QueueId } from "../../src/store/mod.ts";
import { systemRandom } from "../../src/platform/mod.ts";
import { cutAt } from "../support/chunks.ts";

const KEY = segmentKey(systemRandom);

const id = fc.stringMatching(/^[0-9A-HJKMNP-TV-Z]{16}$/) as fc.Arbitrary<QueueId>;

/** What a sender may try: octets of all kinds, and records of another log. */
const file = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string().map((text) => new TextEncoder().encode(text)),
  id.map((id) => formatRecords(segmentKey(systemRandom), [{ kind: "gone", id }])),
).map((bytes) => Uint8Array.from(bytes));

const record: fc.Arbitrary<IncomingRecord> = fc.oneof(
  fc.tuple(id, file).map(([id, file]) => ({ kind: "message", id, file }) as const),
  id.map((id) => ({ kind: "gone", id }) as const),
);

const records = fc.array(record, { maxLength: 8 });
const places = fc.array(fc.nat(3000), { maxLength: 6 });

/** What is read when the octets come in pieces. */
function read(octets: Uint8Array, at: readonly number[] = []) {
  const scanner = new IncomingScanner(KEY);
  const found = cutAt(octets, at).flatMap((chunk) => scanner.push(chunk));
  found.push(...scanner.end());
  return { found, unreadable: scanner.unreadableOctets };
}

/** How many octets the first of the records take, for each count of them. */
const ends = (all: readonly IncomingRecord[]) =>
  all.map((_record, index) => formatRecords(KEY, all.slice(0, index + 1)).length);

Deno.test("IncomingScanner reads back whatever formatRecords() wrote, however it is cut", () => {
  fc.assert(fc.property(records, places, (all, at) => {
    equal(read(formatRecords(KEY, all), at), { found: all, unreadable: 0 });
  }));
});

Deno.test("IncomingScanner reads all records before the end that a crash has left", () => {
  fc.assert(fc.property(records, fc.nat(3000), places, (all, size, at) => {
    const octets = formatRecords(KEY, all).subarray(0, size);
    const whole = ends(all).filter((end) => end <= octets.length);
    const { found, unreadable } = read(octets, at);
    equal(found, all.slice(0, whole.length));
    strictEqual(unreadable, octets.length - (whole.at(-1) ?? 0));
  }));
});

Deno.test("IncomingScanner loses only the record in which octets were changed", () => {
  const change = fc.record({ at: fc.nat(), by: fc.integer({ min: 1, max: 255 }) });
  fc.assert(fc.property(fc.array(record, { minLength: 1, maxLength: 8 }), change, places, (
    all,
    { at, by },
    cuts,
  ) => {
    const octets = formatRecords(KEY, all);
    const place = at % octets.length;
    octets[place]! ^= by;
    const hit = ends(all).findIndex((end) => place < end);
    equal(read(octets, cuts).found, all.toSpliced(hit, 1));
  }));
});

Deno.test("IncomingScanner goes on behind octets that were never written", () => {
  fc.assert(fc.property(records, records, fc.nat(500), places, (before, after, count, at) => {
    const [head, tail] = [formatRecords(KEY, before), formatRecords(KEY, after)];
    const octets = Uint8Array.of(...head, ...new Uint8Array(count), ...tail);
    equal(read(octets, at), { found: [...before, ...after], unreadable: count });
  }));
});

Deno.test("IncomingScanner finds no record of another log, and never throws", () => {
  const other = segmentKey(systemRandom);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Uint8Array.from(bytes)),
    records.map((all) => formatRecords(other, all)),
    fc.string().map((text) => new TextEncoder().encode(`${KEY} ${text}`)),
    fc.string().map((text) => new TextEncoder().encode(`${KEY} M ${"0".repeat(16)} ${text}`)),
  );
  fc.assert(fc.property(noise, places, (octets, at) => {
    equal(read(octets, at), { found: [], unreadable: octets.length });
  }));
});

Deno.test("segmentKey() makes keys that differ", () => {
  const keys = new Set(Array.from({ length: 100 }, () => segmentKey(systemRandom)));
  strictEqual(keys.size, 100);
  for (const key of keys) ok(isSegmentKey(key));
  for (const text of ["", "0123456789abcde", "0123456789ABCDEF", "../../../../etc/"]) {
    strictEqual(isSegmentKey(text), false);
  }
});
