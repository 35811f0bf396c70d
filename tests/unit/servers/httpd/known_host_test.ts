import { strictEqual } from "node:assert/strict";
import { isKnownHost } from "../../../../src/servers/httpd/known_host.ts";

Deno.test("isKnownHost() takes addresses, local names and our own, and no stranger's", async (t) => {
  const ours = ["branch.example", "", "Mail.Other.Example"];
  const cases: readonly [hostname: string, want: boolean][] = [
    ["192.168.7.2", true],
    ["[fd00::2]", true],
    ["[::ffff:c0a8:702]", true],
    ["localhost", true],
    ["mailbox", true],
    ["dmail.local", true],
    ["office.lan", true],
    ["branch.example", true],
    ["MAIL.Branch.Example.", true],
    ["mail.other.example", true],
    ["other.example", false],
    ["evil.example", false],
    ["notbranch.example", false],
    ["branch.example.evil.test", false],
    ["1.2.3.4.evil.test", false],
    ["local.evil.test", false],
    ["evil.test.", false],
  ];
  for (const [hostname, want] of cases) {
    await t.step(hostname, () => strictEqual(isKnownHost(hostname, ours), want));
  }
});
