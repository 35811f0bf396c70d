import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { missingPeers, PEERS } from "../../../tools/peers.ts";

Deno.test("missingPeers() lists what is not there, by package", () => {
  deepStrictEqual(missingPeers(() => true), []);
  strictEqual(missingPeers(() => false).length, PEERS.length);
  deepStrictEqual(missingPeers((program) => program !== "getmail"), [
    { package: "getmail6", program: "getmail" },
  ]);
});
