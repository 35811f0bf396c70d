import { deepStrictEqual as assertEquals, strictEqual, throws } from "node:assert/strict";
import {
  formatMailbox,
  isAddress,
  parseAddress,
  parseAddressList,
  parsePath,
  splitAddress,
} from "../../../src/formats/address.ts";

Deno.test("parseAddress() accepts", async (t) => {
  const cases = [
    { text: "bob@example.com", want: "bob@example.com" },
    { text: "Bob.Smith+tag@Example.COM", want: "Bob.Smith+tag@Example.COM" },
    { text: "o'neil=x@a-b.example", want: "o'neil=x@a-b.example" },
    { text: "bob@branch_office.example.com", want: "bob@branch_office.example.com" },
    { text: "bob@host", want: "bob@host" },
    { text: "bob@[192.0.2.1]", want: "bob@[192.0.2.1]" },
    { text: "bob@[IPv6:2001:db8::1]", want: "bob@[IPv6:2001:db8::1]" },
    { text: '"bob"@example.com', want: "bob@example.com" },
    { text: '"bob smith"@example.com', want: '"bob smith"@example.com' },
    { text: '"a@b"@example.com', want: '"a@b"@example.com' },
    { text: String.raw`"a\"b"@example.com`, want: String.raw`"a\"b"@example.com` },
    { text: '""@example.com', want: '""@example.com' },
    { text: "jürgen@müller.example", want: "jürgen@müller.example" },
    { text: "用户@例子.中国", want: "用户@例子.中国" },
    { text: `${"a".repeat(64)}@example.com`, want: `${"a".repeat(64)}@example.com` },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => strictEqual(parseAddress(text), want));
  }
});

Deno.test("parseAddress() refuses with a SyntaxError", async (t) => {
  const cases = [
    "",
    "bob",
    "@example.com",
    "bob@",
    "bob@@example.com",
    "bob smith@example.com",
    "bob@exa mple.com",
    ".bob@example.com",
    "bob.@example.com",
    "bob..smith@example.com",
    "bob@.example.com",
    "bob@example..com",
    "bob@-example.com",
    "bob@example-.com",
    "bob@[]",
    "bob@[mail]",
    "bob@[192.0.2.256]",
    "bob@[192.0.2.1",
    "bob@[2001:db8::1]",
    "bob@[IPv6:192.0.2.1]",
    "bob@[IPv6:2001:db8::1%eth0]",
    "bob@[IPv6:]",
    "bob@[192.0.2.1].example",
    "<bob@example.com>",
    "Bob <bob@example.com>",
    "bob@example.com, amy@example.com",
    '"bob@example.com',
    "bob\r\n@example.com",
    "bob@example.com\r\nDATA",
    "bob\0@example.com",
    `${"a".repeat(65)}@example.com`,
    `bob@${"a.".repeat(130)}com`,
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text.slice(0, 40)), () => {
      throws(() => parseAddress(text), SyntaxError);
      strictEqual(isAddress(text), false);
    });
  }
});

Deno.test("splitAddress() divides at the last @", async (t) => {
  const cases = [
    { text: "bob@example.com", want: { local: "bob", domain: "example.com" } },
    { text: '"a@b"@example.com', want: { local: '"a@b"', domain: "example.com" } },
    { text: "postmaster", want: { local: "postmaster", domain: "" } },
    { text: "", want: { local: "", domain: "" } },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => assertEquals(splitAddress(text), want));
  }
});

Deno.test("parsePath() accepts", async (t) => {
  const cases = [
    { text: "<bob@example.com>", want: "bob@example.com" },
    { text: " <bob@example.com> ", want: "bob@example.com" },
    { text: "bob@example.com", want: "bob@example.com" },
    { text: "<>", want: "" },
    { text: "<postmaster>", want: "postmaster" },
    { text: "<@relay.example,@other.example:bob@example.com>", want: "bob@example.com" },
    { text: '<"bob"@example.com>', want: "bob@example.com" },
  ];
  for (const { text, want } of cases) {
    await t.step(text, () => strictEqual(parsePath(text), want));
  }
});

Deno.test("parsePath() refuses with a SyntaxError", async (t) => {
  const cases = ["", "<", "<bob@example.com", "<bob smith>", "<bob@>", "<a@b.c> <d@e.f>", "< >"];
  for (const text of cases) {
    await t.step(JSON.stringify(text), () => throws(() => parsePath(text), SyntaxError));
  }
});

Deno.test("parseAddressList() reads what mail has in To:", async (t) => {
  const bob = { name: "", address: "bob@x.example" };
  const amy = { name: "", address: "amy@y.example" };
  const cases = [
    { text: "bob@x.example", want: [bob] },
    { text: "bob@x.example, amy@y.example", want: [bob, amy] },
    { text: "bob@x.example; amy@y.example", want: [bob, amy] },
    { text: "bob@x.example amy@y.example", want: [bob, amy] },
    { text: "bob@x.example,, ,amy@y.example,", want: [bob, amy] },
    { text: "<bob@x.example>", want: [bob] },
    { text: "<bob@x.example> <amy@y.example>", want: [bob, amy] },
    { text: "Bob Smith <bob@x.example>", want: [{ name: "Bob Smith", address: bob.address }] },
    { text: '"Smith, Bob" <bob@x.example>', want: [{ name: "Smith, Bob", address: bob.address }] },
    {
      text: String.raw`"Bob \"B\" <b@z.example>" <bob@x.example>`,
      want: [{ name: 'Bob "B" <b@z.example>', address: bob.address }],
    },
    {
      text: "=?utf-8?q?J=C3=BCrgen?= <bob@x.example>",
      want: [{ name: "=?utf-8?q?J=C3=BCrgen?=", address: bob.address }],
    },
    { text: "Jürgen <bob@x.example>", want: [{ name: "Jürgen", address: bob.address }] },
    { text: "bob@x.example (Bob, (the) Smith)", want: [bob] },
    { text: "bob(home)@x.example", want: [bob] },
    { text: "<bob (home) @ x.example>", want: [bob] },
    { text: "bob @ x.example", want: [bob] },
    { text: "Staff: bob@x.example, Amy <amy@y.example>;", want: [bob, { ...amy, name: "Amy" }] },
    { text: "undisclosed-recipients:;", want: [] },
    { text: "<@relay.example,@other.example:bob@x.example>", want: [bob] },
    { text: '"bob"@x.example', want: [bob] },
    { text: '"bob smith"@x.example', want: [{ name: "", address: '"bob smith"@x.example' }] },
    { text: '<"a,b"@x.example>', want: [{ name: "", address: '"a,b"@x.example' }] },
    { text: "docomo..user.@x.example", want: [{ name: "", address: "docomo..user.@x.example" }] },
    { text: "mailto:bob@x.example", want: [bob] },
    { text: "bob@x.example.", want: [bob] },
    { text: "bob@[192.0.2.1]", want: [{ name: "", address: "bob@[192.0.2.1]" }] },
    { text: "用户@例子.中国", want: [{ name: "", address: "用户@例子.中国" }] },
    { text: "<bob@x.example, amy@y.example>", want: [bob, amy] },
    { text: "<bob@x.example, <amy@y.example>", want: [bob, amy] },
    { text: '"Bob <bob@x.example>, amy@y.example', want: [{ ...bob, name: "Bob" }, amy] },
    { text: "Bob (never closed <bob@x.example>", want: [{ ...bob, name: "Bob never closed" }] },
    { text: "bob", want: [] },
    { text: "Bob <bob>", want: [] },
    { text: "<>", want: [] },
    { text: "", want: [] },
    { text: "@x.example", want: [] },
    { text: `${"a".repeat(600)}@x.example, bob@x.example`, want: [bob] },
  ];
  for (const { text, want } of cases) {
    await t.step(
      JSON.stringify(text.slice(0, 60)),
      () => assertEquals(parseAddressList(text), want),
    );
  }
});

Deno.test("parseAddressList() takes linear time for a megabyte of brackets", () => {
  for (const text of ["(", '"', "<", "@", '"(', ",@a", "a@"]) {
    parseAddressList(text.repeat(2 ** 20 / text.length)); // Quadratic would not end today.
  }
});

Deno.test("parseAddressList() takes linear time for colons behind a long word with an @", () => {
  for (const long of ["a".repeat(2 ** 19) + "@", `"${"a".repeat(2 ** 19)}@"`]) {
    parseAddressList(long + ":".repeat(2 ** 19)); // Quadratic would take minutes.
  }
});

Deno.test("formatMailbox() quotes a name and leaves out an empty one", () => {
  strictEqual(
    formatMailbox({ name: 'Smith, "Bob"', address: "bob@x.example" }),
    String.raw`"Smith, \"Bob\"" <bob@x.example>`,
  );
  strictEqual(formatMailbox({ name: "", address: "bob@x.example" }), "bob@x.example");
});
