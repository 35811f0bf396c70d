import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { logLine, logText } from "../../../src/platform/log_line.ts";
import type { LogFields } from "../../../src/platform/mod.ts";

Deno.test("logText() writes fields behind the event as key=value", async (t) => {
  const cases: { fields: LogFields; want: string }[] = [
    { fields: {}, want: "Delivered" },
    { fields: { id: "7f3a", ms: 12, ok: true }, want: "Delivered id=7f3a ms=12 ok=true" },
    { fields: { id: "7f3a", to: undefined }, want: "Delivered id=7f3a" },
    { fields: { subject: "two words" }, want: 'Delivered subject="two words"' },
    { fields: { subject: 'say "hi" now' }, want: 'Delivered subject="say \\"hi\\" now"' },
    { fields: { subject: "a=b" }, want: 'Delivered subject="a=b"' },
    { fields: { subject: "" }, want: 'Delivered subject=""' },
    { fields: { path: "C:\\mail" }, want: "Delivered path=C:\\mail" },
    { fields: { name: "Jürgen" }, want: "Delivered name=Jürgen" },
  ];
  for (const { fields, want } of cases) {
    await t.step(want, () => strictEqual(logText("Delivered", fields), want));
  }
});

Deno.test("logText() escapes what could forge a line or command a terminal", async (t) => {
  const cases = [
    { value: "a\r\n20/11 09:30:15 Info: forged", want: '"a\\r\\n20/11 09:30:15 Info: forged"' },
    { value: "\x1b[2J", want: "\\u{1b}[2J" },
    { value: "a\0b\x7f\x9b", want: "a\\u{0}b\\u{7f}\\u{9b}" },
    { value: "a\u2028b\u202eexe", want: "a\\u{2028}b\\u{202e}exe" },
    { value: "a\tb", want: '"a b"' },
    { value: "\ud800", want: "\\u{d800}" },
  ];
  for (const { value, want } of cases) {
    await t.step(JSON.stringify(value), () => {
      strictEqual(logText("Got", { value }), `Got value=${want}`);
      doesNotMatch(logText(value), /\p{Cc}/u);
    });
  }
});

Deno.test("logText() never shows a field that is named like a secret", async (t) => {
  for (
    const name of ["password", "PASSWORD", "pass", "userPwd", "clientSecret", "authToken", "cookie"]
  ) {
    await t.step(name, () => {
      strictEqual(logText("Login", { user: "bob", [name]: "hunter2" }).includes("hunter2"), false);
    });
  }
});

Deno.test("logText() never shows a command that carries a secret", async (t) => {
  for (
    const command of ["PASS hunter2", "pass hunter2 x", "AUTH PLAIN aHVudGVyMg==", "APOP b 1f"]
  ) {
    await t.step(command, () => {
      strictEqual(logText("Got", { command }), "Got command=[redacted]");
    });
  }
  for (const command of ["PASSIVE", "AUTH", "AUTH LOGIN", "USER bob", "bypass road"]) {
    await t.step(command, () => match(logText("Got", { command }), RegExp(`${command}"?$`)));
  }
});

Deno.test("logText() bounds a value and the whole text", () => {
  const long = "é".repeat(100_000);
  ok(logText("Got", { value: long }).length < 600);
  ok(logText(long).length <= 2000);
  ok(
    logText("Got", Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}`, long])))
      .length <= 2000,
  );
});

Deno.test("logText() is one well-formed line whatever comes in", () => {
  fc.assert(fc.property(
    fc.string({ unit: "binary" }),
    fc.dictionary(fc.string({ minLength: 1 }), fc.string({ unit: "binary", maxLength: 3000 })),
    (event, fields) => {
      const text = logText(event, fields);
      ok(text.isWellFormed());
      doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}]/u);
      ok(text.length <= 2000);
    },
  ));
});

Deno.test("logLine() has the form of the documents' lines", () => {
  const atMs = new Date(2024, 10, 5, 9, 3, 7).getTime();
  strictEqual(logLine(atMs, "info", "Delivered id=7"), "05/11 09:03:07 Info: Delivered id=7");
  strictEqual(logLine(atMs, "warn", "Slow disk"), "05/11 09:03:07 Warning: Slow disk");
  strictEqual(logLine(atMs, "error", "No disk"), "05/11 09:03:07 Error: No disk");
  strictEqual(logLine(atMs, "debug", "C: NOOP"), "05/11 09:03:07 Debug: C: NOOP");
});

Deno.test("logLine() leaves the level out of a step of a recipient chain", () => {
  const atMs = new Date(2024, 3, 26, 11, 53, 40).getTime();
  strictEqual(
    logLine(atMs, "debug", "*** Starting rcpt chain for bob"),
    "26/04 11:53:40 *** Starting rcpt chain for bob",
  );
});
