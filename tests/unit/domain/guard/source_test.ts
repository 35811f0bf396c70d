import { strictEqual } from "node:assert/strict";
import { isThisMachine, sourceOf } from "../../../../src/domain/guard/mod.ts";

Deno.test("sourceOf() takes an IPv6 network of 64 bits for one, and each IPv4 address", async (t) => {
  const cases = [
    { address: "192.0.2.9", want: "192.0.2.9" },
    { address: "::ffff:192.0.2.9", want: "192.0.2.9" },
    { address: "2001:db8::1", want: "2001:db8:0:0::/64" },
    { address: "2001:DB8:0:0:ffff:1:2:3", want: "2001:db8:0:0::/64" },
    { address: "2001:db8:0:1::1", want: "2001:db8:0:1::/64" },
    { address: "fe80::1%eth0", want: "fe80:0:0:0::/64" },
    { address: "2001:db8:0:1::/64", want: "2001:db8:0:1::/64" },
    { address: "no address", want: "no address" },
    { address: "", want: "" },
  ];
  for (const { address, want } of cases) {
    await t.step(address, () => {
      strictEqual(sourceOf(address), want);
      strictEqual(sourceOf(sourceOf(address)), want);
    });
  }
});

Deno.test("isThisMachine() means a program here and nobody else", async (t) => {
  const cases = [
    { address: "127.0.0.1", want: true },
    { address: "::1", want: true },
    { address: "::ffff:127.0.0.1", want: true },
    { address: "127.0.0.2", want: false },
    { address: "10.0.0.1", want: false },
    { address: "::2", want: false },
    { address: "", want: false },
  ];
  for (const { address, want } of cases) {
    await t.step(address, () => strictEqual(isThisMachine(address), want));
  }
});
