import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { parsePasswd } from "../../../src/formats/passwd.ts";

Deno.test("parsePasswd() finds users, and passes over what is none", () => {
  const text = [
    "root:x:0:0:root:/root:/bin/bash",
    "# nobody wrote this",
    "mail:x:8:12:mail:/var/mail:/usr/sbin/nologin",
    "homeless:x:1000:1000:::",
    "+::::::",
    "letters:x:one:1:::",
    "large:x:4294967295:1::/:",
    "short:x:1",
    "",
  ].join("\n");
  deepStrictEqual(parsePasswd(text), [
    { name: "root", uid: 0, gid: 0, home: "/root" },
    { name: "mail", uid: 8, gid: 12, home: "/var/mail" },
    { name: "homeless", uid: 1000, gid: 1000, home: "/" },
  ]);
});

Deno.test("parsePasswd() throws for no text", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    strictEqual(Array.isArray(parsePasswd(text)), true);
  }));
});
