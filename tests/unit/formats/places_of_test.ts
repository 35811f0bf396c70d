import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { placesBelow, placesOf } from "../../../src/formats/places_of.ts";

function oneByOne(octet: number, bytes: Uint8Array): number[] {
  return Array.from(bytes, (one, at) => one === octet ? at : -1).filter((at) => at >= 0);
}

Deno.test("placesOf() finds an octet wherever the octets begin and end in memory", () => {
  const whole = Uint8Array.from({ length: 24 }, (_, at) => at % 3 === 0 ? 0x0a : at);
  for (let start = 0; start <= 8; start++) {
    for (let end = start; end <= whole.length; end++) {
      const bytes = whole.subarray(start, end);
      equal(placesOf(0x0a, bytes), oneByOne(0x0a, bytes), `${start} to ${end}`);
    }
  }
});

Deno.test("placesOf() is not misled by octets beside one that matches", () => {
  // What differs by one bit, or borrows from its neighbour when four are subtracted at once.
  const octets = fc.constantFrom(0x00, 0x01, 0x0a, 0x0b, 0x8a, 0x8b, 0x7f, 0x80, 0xff);
  const looked = fc.constantFrom(0x00, 0x0a, 0x80, 0xff);
  fc.assert(
    fc.property(fc.array(octets, { maxLength: 40 }), fc.nat(3), looked, (values, skip, octet) => {
      const bytes = Uint8Array.from(values).subarray(skip);
      equal(placesOf(octet, bytes), oneByOne(octet, bytes));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("placesBelow() finds octets below a limit, and none beyond ASCII", () => {
  const octets = fc.constantFrom(0x00, 0x01, 0x0d, 0x0e, 0x0f, 0x7f, 0x80, 0x8d, 0xff);
  const limits = fc.constantFrom(0, 1, 0x0e, 0x80);
  fc.assert(
    fc.property(fc.array(octets, { maxLength: 40 }), fc.nat(3), limits, (values, skip, limit) => {
      const bytes = Uint8Array.from(values).subarray(skip);
      const found = Array.from(bytes.keys()).filter((at) => bytes[at]! < limit);
      equal(placesBelow(limit, bytes), found);
    }),
    { numRuns: 1000 },
  );
});
