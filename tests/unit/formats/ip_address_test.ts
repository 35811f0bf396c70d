import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  addressOctets,
  inNetwork,
  isIpAddress,
  isIpv4,
  parseNetwork,
} from "../../../src/formats/ip_address.ts";

Deno.test("isIpAddress() knows IPv4 and the three forms of IPv6", async (t) => {
  const valid = ["1.2.3.4", "255.255.255.255", "::", "::1", "1:2:3:4:5:6:7:8", "fd00::a:b", "1::"];
  const invalid = ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1:2:3:4:5:6:7", "1::2::3", "12345::"];
  for (const text of valid) await t.step(text, () => strictEqual(isIpAddress(text), true));
  for (const text of [...invalid, "::g", "::1.2.3.256", "1.2.3.4 ", "1:2:3:4:5:6:7:8::"]) {
    await t.step(`not ${text}`, () => strictEqual(isIpAddress(text), false));
  }
  strictEqual(isIpv4("::1"), false);
  strictEqual(isIpAddress("::ffff:1.2.3.4"), true);
});

Deno.test("parseNetwork() takes a length up to the width of the address", async (t) => {
  const cases = [
    { text: "10.0.0.0/8", bits: 8 },
    { text: "10.0.0.1", bits: 32 },
    { text: "fd00::/128", bits: 128 },
    { text: "10.0.0.0/33", bits: undefined },
    { text: "fd00::/129", bits: undefined },
    { text: "10.0.0.0/", bits: undefined },
    { text: "10.0.0.0/-1", bits: undefined },
    { text: "/8", bits: undefined },
  ];
  for (const { text, bits } of cases) {
    await t.step(text, () => strictEqual(parseNetwork(text)?.bits, bits));
  }
});

Deno.test("inNetwork() compares the leading bits alone, and never across families", () => {
  strictEqual(inNetwork("192.168.1.128/25", "192.168.1.200"), true);
  strictEqual(inNetwork("192.168.1.128/25", "192.168.1.100"), false);
  strictEqual(inNetwork("::/0", "1.2.3.4"), false);
  strictEqual(inNetwork("nonsense", "1.2.3.4"), false);
});

Deno.test("addressOctets() gives an address as protocols carry it", () => {
  deepStrictEqual(addressOctets("10.0.0.255"), Uint8Array.of(10, 0, 0, 255));
  deepStrictEqual(addressOctets("fd00::2"), Uint8Array.fromHex("fd000000000000000000000000000002"));
  strictEqual(addressOctets("office.example"), undefined);
});
