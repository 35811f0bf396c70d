import { strictEqual } from "node:assert/strict";
import { crc32 } from "../../../src/platform/mod.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("crc32() gives the check value of the standard", () => {
  strictEqual(crc32(bytes("123456789")), 0xcbf43926);
  strictEqual(crc32(bytes("")), 0);
});

Deno.test("crc32() goes on from what stands before", () => {
  strictEqual(crc32(bytes("6789"), crc32(bytes("12345"))), 0xcbf43926);
});
