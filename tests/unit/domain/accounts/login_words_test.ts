import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nameForLog, rejectedLogin } from "../../../../src/domain/accounts/mod.ts";

Deno.test("rejectedLogin() is the line that administrators search for", () => {
  strictEqual(
    rejectedLogin("bob@office.example"),
    "Rejected bob@office.example, authent said bob@office.example " +
      "password wrong or not a valid user",
  );
});

Deno.test("nameForLog() has nothing that begins another line, and an end", async (t) => {
  const cases = [
    { user: "Jürgen", want: "Jürgen" },
    { user: "eve\r\nLogged in bob", want: "eve??Logged in bob" },
    { user: "moc.elpmaxe\u202e@x", want: "moc.elpmaxe?@x" },
    { user: "x".repeat(300), want: "x".repeat(200) },
  ];
  for (const { user, want } of cases) {
    await t.step(JSON.stringify(user), () => strictEqual(nameForLog(user), want));
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (user) => {
    ok(!/[\p{Cc}\p{Cf}]/u.test(nameForLog(user)));
  }));
});
