import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { isHostAddress, literalAddress } from "../../../src/formats/address_literal.ts";
import { addressOctets, sameAddress } from "../../../src/formats/ip_address.ts";

Deno.test("literalAddress() reads RFC 5321 section 4.1.3", async (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["[192.0.2.1]", "192.0.2.1"],
    ["[192.000.02.1]", "192.0.2.1"],
    ["[IPv6:2001:db8::1]", "2001:db8::1"],
    ["[ipv6:2001:0DB8:0:0::1]", "2001:db8::1"],
    ["[IPv6:::ffff:192.0.2.1]", "192.0.2.1"],
    ["[IPv6:::ffff:c000:201]", "192.0.2.1"],
    ["[IPv6:::]", "::"],
    ["192.0.2.1", undefined],
    ["[192.0.2.1", undefined],
    ["[192.0.2.1]]", undefined],
    ["[192.0.2]", undefined],
    ["[192.0.2.256]", undefined],
    ["[IPv6:192.0.2.1]", undefined],
    ["[2001:db8::1]", undefined],
    ["[IPv6:2001:db8::1::2]", undefined],
    ["[x400:c=de]", undefined],
    ["[]", undefined],
    ["", undefined],
  ];
  for (const [text, want] of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(literalAddress(text), want));
  }
});

Deno.test("literalAddress() changes no address, and writes it in one way", () => {
  fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (ip) => {
    const tag = ip.includes(":") ? "IPv6:" : "";
    const read = literalAddress(`[${tag}${ip}]`);
    if (read === undefined) throw new Error("It was not read");
    const isMapped = ip.includes(":") && !read.includes(":");
    strictEqual(isMapped || sameAddress(read, ip), true);
    const again = literalAddress(`[${read.includes(":") ? "IPv6:" : ""}${read}]`);
    equal([again, addressOctets(read) === undefined], [read, false]);
  }));
});

Deno.test("literalAddress() takes any text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    const read = literalAddress(`[${text}]`);
    strictEqual(read === undefined || addressOctets(read) !== undefined, true);
  }));
});

Deno.test("isHostAddress() knows addresses that are no host's", async (t) => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["192.0.2.1", true],
    ["10.0.0.1", true],
    ["2001:db8::1", true],
    ["127.0.0.1", false],
    ["0.0.0.0", false],
    ["224.0.0.1", false],
    ["255.255.255.255", false],
    ["::", false],
    ["::1", false],
    ["ff02::1", false],
  ];
  for (const [ip, want] of cases) await t.step(ip, () => strictEqual(isHostAddress(ip), want));
});
