import { strictEqual } from "node:assert/strict";
import { certificateFault } from "../../../src/platform/mod.ts";

Deno.test("certificateFault() says what is wrong with a certificate, and nothing of other errors", async (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    [
      "invalid peer certificate: Expired",
      "its certificate has expired, or the clock here is wrong",
    ],
    [
      "invalid peer certificate: NotValidYet",
      "its certificate is not valid yet, or the clock here is wrong",
    ],
    [
      "invalid peer certificate: UnknownIssuer",
      "its certificate is signed by an authority that is not known here (tls_ca)",
    ],
    [
      "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
      "its certificate is that of an authority, not of a server",
    ],
    [
      'invalid peer certificate: certificate not valid for name "a.example"; certificate is only ' +
      'valid for DnsName("b.example") or DnsName("c.example")',
      "its certificate is not for a.example, but for b.example, c.example",
    ],
    [
      'invalid peer certificate: certificate not valid for name "a.example"',
      "its certificate is not for a.example",
    ],
    ["invalid peer certificate: NotValidForName", "its certificate is not valid (NotValidForName)"],
    ["Connection refused (os error 111)", undefined],
    ["", undefined],
  ];
  for (const [message, want] of cases) {
    await t.step(message, () => strictEqual(certificateFault(new Error(message)), want));
  }
});
