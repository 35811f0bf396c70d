import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { type AuthStep, beginAuth } from "../../../../src/servers/smtpd/auth_exchange.ts";
import { replies } from "../../../../src/servers/smtpd/replies.ts";

const USERNAME = "VXNlcm5hbWU6";
const PASSWORD = "UGFzc3dvcmQ6";

function b64(text: string | Uint8Array): string {
  return (typeof text === "string" ? new TextEncoder().encode(text) : text).toBase64();
}

/** What is asked for, and what comes out at the end of the lines. */
function play(command: string, ...lines: readonly string[]) {
  const asked: string[] = [];
  let step: AuthStep = beginAuth(command);
  for (const line of lines) {
    if (step.kind !== "challenge") throw new Error(`Nothing was asked before ${line}`);
    asked.push(step.text);
    step = step.respond(line);
  }
  if (step.kind === "challenge") asked.push(step.text);
  return { asked, step };
}

Deno.test("beginAuth() comes to a name and a password", async (t) => {
  const bob = { user: "bob", password: "secret" };
  const latin1 = Uint8Array.of(0, 0x62, 0xfc, 0, 0xe9);
  const cases = [
    { lines: [`AUTH PLAIN ${b64("\0bob\0secret")}`], want: bob },
    { lines: [`auth plain ${b64("bob\0bob\0secret")}`], want: bob },
    { lines: [`AUTH PLAIN  ${b64("bob\0\0secret")} `], want: bob },
    { lines: ["AUTH PLAIN", b64("\0bob\0secret")], want: bob, asked: [""] },
    { lines: ["AUTH LOGIN", b64("bob"), b64("secret")], want: bob, asked: [USERNAME, PASSWORD] },
    { lines: [`AUTH LOGIN ${b64("bob")}`, b64("secret")], want: bob, asked: [PASSWORD] },
    { lines: ["AUTH LOGIN", b64("bob"), ""], want: { user: "bob", password: "" } },
    { lines: [`AUTH PLAIN ${b64("\0bob\0")}`], want: { user: "bob", password: "" } },
    { lines: [`AUTH PLAIN ${b64("\0büb\0ö")}`], want: { user: "büb", password: "ö" } },
    { lines: [`AUTH PLAIN ${b64(latin1)}`], want: { user: "bü", password: "é" } },
  ];
  for (const { lines: [command = "", ...lines], want, asked } of cases) {
    await t.step([command, ...lines].join(" | "), () => {
      const found = play(command, ...lines);
      deepStrictEqual(found.step, { kind: "credentials", ...want });
      if (asked !== undefined) deepStrictEqual(found.asked, asked);
    });
  }
});

Deno.test("beginAuth() asks for a digest by CRAM-MD5 if it has a challenge (RFC 2195)", async (t) => {
  const asked = "<1896.697170952@postoffice.reston.mci.net>";
  const digest = "b913a602c7eda7a495b4e6e7334d3890";
  const respond = (response: string) => {
    const step = beginAuth("auth cram-md5", () => asked);
    if (step.kind !== "challenge") throw new Error(step.kind);
    strictEqual(step.text, b64(asked));
    return step.respond(response);
  };
  const cases = [
    [b64(`tim ${digest}`), { kind: "digest", user: "tim", challenge: asked, digest }],
    [b64(`a b ${digest.toUpperCase()}`), { kind: "digest", user: "a b", challenge: asked, digest }],
    ["*", { kind: "refused", reply: replies.authCancelled }],
    [b64("tim"), { kind: "refused", reply: replies.authBadResponse }],
    [b64(` ${digest}`), { kind: "refused", reply: replies.authBadResponse }],
    [b64(`tim ${digest}0`), { kind: "refused", reply: replies.authBadResponse }],
    [b64(`t\rm ${digest}`), { kind: "refused", reply: replies.authBadResponse }],
    ["?", { kind: "refused", reply: replies.authBadBase64 }],
  ] as const;
  for (const [response, want] of cases) {
    await t.step(response, () => deepStrictEqual(respond(response), want));
  }
  await t.step("an answer before the question", () => {
    const step = beginAuth(`AUTH CRAM-MD5 ${b64("tim x")}`, () => asked);
    deepStrictEqual(step, { kind: "refused", reply: replies.authSyntax });
  });
});

Deno.test("beginAuth() refuses what is no login", async (t) => {
  const cases = [
    { lines: ["AUTH"], reply: replies.authSyntax },
    { lines: ["AUTH PLAIN a b"], reply: replies.authSyntax },
    { lines: ["AUTH CRAM-MD5"], reply: replies.authUnknown },
    { lines: ["AUTH constructor"], reply: replies.authUnknown },
    { lines: ["AUTH PLAIN", "*"], reply: replies.authCancelled },
    { lines: ["AUTH LOGIN", "*"], reply: replies.authCancelled },
    { lines: ["AUTH LOGIN", b64("bob"), "*"], reply: replies.authCancelled },
    // The star cancels an exchange; here there is none yet.
    { lines: ["AUTH PLAIN *"], reply: replies.authBadBase64 },
    { lines: ["AUTH PLAIN ="], reply: replies.authBadResponse },
    { lines: ["AUTH LOGIN ="], reply: replies.authBadResponse },
    { lines: ["AUTH PLAIN AGJvYgBzZWNyZXQ"], reply: replies.authBadBase64 },
    { lines: ["AUTH PLAIN", "AGJvYg BzZWNyZXQ="], reply: replies.authBadBase64 },
    { lines: ["AUTH PLAIN", "=AGJ"], reply: replies.authBadBase64 },
    { lines: ["AUTH PLAIN", "="], reply: replies.authBadBase64 },
    { lines: ["AUTH LOGIN", ""], reply: replies.authBadResponse },
    { lines: [`AUTH PLAIN ${b64("bob\0secret")}`], reply: replies.authBadResponse },
    { lines: [`AUTH PLAIN ${b64("\0bob\0secret\0")}`], reply: replies.authBadResponse },
    { lines: [`AUTH PLAIN ${b64("\0\0secret")}`], reply: replies.authBadResponse },
    { lines: [`AUTH LOGIN ${b64("bob\r\nroot")}`], reply: replies.authBadResponse },
    { lines: [`AUTH PLAIN ${b64("ann\0bob\0secret")}`], reply: replies.authForAnother },
    { lines: [`AUTH PLAIN ${"A".repeat(2052)}`], reply: replies.authTooLong },
    { lines: ["AUTH LOGIN", b64("bob"), "A".repeat(2052)], reply: replies.authTooLong },
  ];
  for (const { lines: [command = "", ...lines], reply } of cases) {
    await t.step([command, ...lines].join(" | ").slice(0, 60), () => {
      deepStrictEqual(play(command, ...lines).step, { kind: "refused", reply });
    });
  }
});

Deno.test("beginAuth() takes any name without controls, and any password", () => {
  const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 })
    .filter((text) => !/[\p{Cc}\u2028\u2029]/u.test(text));
  const password = fc.string({ unit: "grapheme", maxLength: 60 })
    .filter((text) => !text.includes("\0"));
  fc.assert(fc.property(name, password, (user, password) => {
    const want = { kind: "credentials", user, password } as const;
    deepStrictEqual(play(`AUTH PLAIN ${b64(`\0${user}\0${password}`)}`).step, want);
    deepStrictEqual(play("AUTH LOGIN", b64(user), b64(password)).step, want);
  }));
});

Deno.test("beginAuth() never throws", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (initial, line) => {
    for (const command of [`AUTH ${initial}`, `AUTH PLAIN ${initial}`, `AUTH LOGIN ${initial}`]) {
      const step = beginAuth(command);
      if (step.kind === "challenge") strictEqual(typeof step.respond(line).kind, "string");
    }
  }));
});
