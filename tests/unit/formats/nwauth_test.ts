import { deepStrictEqual, match, strictEqual, throws } from "node:assert/strict";
import {
  formatNwauthLine,
  infoField,
  isCryptHash,
  parseNwauthLine,
  userNameComplaint,
} from "../../../src/formats/nwauth.ts";

Deno.test("parseNwauthLine() reads what NWAuth writes", async (t) => {
  const cases = [
    {
      line: 'bob:a234h6:name="Bob Smith" hobby="ping pong"', // 000:553
      want: {
        kind: "user",
        entry: {
          user: "bob",
          passwordHash: "a234h6",
          info: 'name="Bob Smith" hobby="ping pong"',
        },
      },
    },
    {
      line: "BOB:$scrypt$16384$8$1$c2FsdA$a2V5:",
      want: {
        kind: "user",
        entry: { user: "bob", passwordHash: "$scrypt$16384$8$1$c2FsdA$a2V5", info: "" },
      },
    },
    {
      line: "bob::",
      want: { kind: "user", entry: { user: "bob", passwordHash: "", info: "" } },
    },
    {
      line: "bob:x",
      want: { kind: "user", entry: { user: "bob", passwordHash: "x", info: "" } },
    },
    {
      line: 'bob@test.com:x:fwd="|c:\\robot.exe"',
      want: {
        kind: "user",
        entry: { user: "bob@test.com", passwordHash: "x", info: 'fwd="|c:\\robot.exe"' },
      },
    },
    { line: "bob:(DELETE):(DELETE)", want: { kind: "deleted", user: "bob" } },
  ];
  for (const { line, want } of cases) {
    await t.step(JSON.stringify(line), () => deepStrictEqual(parseNwauthLine(line), want));
  }
});

Deno.test("parseNwauthLine() refuses what is no user", async (t) => {
  for (
    const line of ["", "bob", ":x:", "../etc/passwd:x:", "# a comment", "a\rb:x:", "bob:x:a\rb"]
  ) {
    await t.step(JSON.stringify(line), () => throws(() => parseNwauthLine(line), SyntaxError));
  }
});

Deno.test("formatNwauthLine() refuses fields that would become another line or field", async (t) => {
  const entry = { user: "bob", passwordHash: "x", info: "" };
  const cases = [
    { ...entry, user: "Bob" },
    { ...entry, user: "b:b" },
    { ...entry, passwordHash: "a:b" },
    { ...entry, passwordHash: "(DELETE)" },
    { ...entry, passwordHash: "a\nroot:x:" },
    { ...entry, info: "a\r\nroot:x:" },
    { ...entry, info: "a\0b" },
  ];
  for (const entry of cases) {
    await t.step(JSON.stringify(entry), () => {
      throws(() => formatNwauthLine({ kind: "user", entry }), RangeError);
    });
  }
});

Deno.test("userNameComplaint() lets names through that can be files, and says why not", async (t) => {
  const good = ["bob", "BOB", "bob.smith", "x", "0815", "_list", "a-b+c=d~e&f'g", "b".repeat(78)];
  for (const name of good) {
    await t.step(name, () => strictEqual(userNameComplaint(name), undefined));
  }
  const bad = [
    { name: "", why: /missing/ },
    { name: "b".repeat(79), why: /at most 78 characters, this one has 79/ },
    { name: ".bob", why: /begins with/ },
    { name: "..", why: /begins with/ },
    { name: "-bob", why: /begins with/ },
    { name: "bob smith", why: /begins with/ },
    { name: "a/b", why: /begins with/ },
    { name: "a\\b", why: /begins with/ },
    { name: "a:b", why: /begins with/ },
    { name: "$user", why: /begins with/ },
    { name: "a,b", why: /begins with/ },
    { name: "bob\n", why: /begins with/ },
    { name: "jörg", why: /begins with/ },
    { name: "bob.", why: /end in a dot/ },
    { name: "bob.BIN", why: /\.bin/ },
  ];
  for (const { name, why } of bad) {
    await t.step(JSON.stringify(name), () => match(userNameComplaint(name) ?? "", why));
  }
});

Deno.test("infoField() finds a field by its whole name", async (t) => {
  const info = 'name="Bob Smith" quota=200 myfwd="x" fwd="ann,$user" fwd="later" empty=""';
  const cases = [
    { name: "name", want: "Bob Smith" },
    { name: "NAME", want: "Bob Smith" },
    { name: "quota", want: "200" },
    { name: "fwd", want: "ann,$user" },
    { name: "empty", want: "" },
    { name: "wd", want: undefined },
    { name: "Smith", want: undefined },
  ];
  for (const { name, want } of cases) {
    await t.step(name, () => strictEqual(infoField(info, name), want));
  }
});

Deno.test("isCryptHash() knows the kinds older databases hold", async (t) => {
  const yes = ["abJnggxhB/yWI", "$1$salt$hash", "$2a$05$hash", "$6$salt$hash", "{ssha}c2FsdA=="];
  for (const hash of yes) await t.step(hash, () => strictEqual(isCryptHash(hash), true));
  const no = ["", "secret", "$scrypt$16384$8$1$c2FsdA$a2V5", "abJnggxhB/yWIx", "{}x"];
  for (const hash of no) {
    await t.step(JSON.stringify(hash), () => strictEqual(isCryptHash(hash), false));
  }
});
