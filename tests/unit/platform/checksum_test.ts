import { strictEqual } from "node:assert/strict";
import { crc32, sha256 } from "../../../src/platform/mod.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("crc32() gives the check value of the standard", () => {
  strictEqual(crc32(bytes("123456789")), 0xcbf43926);
  strictEqual(crc32(bytes("")), 0);
});

Deno.test("crc32() goes on from what stands before", () => {
  strictEqual(crc32(bytes("6789"), crc32(bytes("12345"))), 0xcbf43926);
});

Deno.test("sha256() gives the check value of FIPS 180", () => {
  strictEqual(
    sha256(bytes("abc")).toHex(),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});
