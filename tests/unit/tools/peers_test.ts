import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { missingPeers, PEERS } from "../../../tools/peers.ts";

Deno.test("missingPeers() lists what is not there, by package", () => {
  deepStrictEqual(missingPeers(() => true), []);
  strictEqual(missingPeers(() => false).length, PEERS.length);
  // Debian takes one mail server away when another one is installed.
  const installed = PEERS.filter(({ unpacked }) => !unpacked);
  strictEqual(installed.filter((peer) => /postfix|exim/.test(peer.package)).length, 1);
  deepStrictEqual(missingPeers((program) => program !== "getmail"), [
    { package: "getmail6", program: "getmail" },
  ]);
});
