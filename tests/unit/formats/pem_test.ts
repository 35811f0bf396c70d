import { strictEqual } from "node:assert/strict";
import { encodePem } from "../../../src/formats/pem.ts";

Deno.test("encodePem() breaks lines after 64 characters", () => {
  strictEqual(
    encodePem("X", new Uint8Array(50)),
    `-----BEGIN X-----\n${"A".repeat(64)}\nAAA=\n-----END X-----\n`,
  );
  strictEqual(
    encodePem("X", new Uint8Array(48)),
    `-----BEGIN X-----\n${"A".repeat(64)}\n-----END X-----\n`,
  );
});
