import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { readPathCommand } from "../../../../src/servers/smtpd/path_command.ts";

const encode = (text: string) => new TextEncoder().encode(text);

Deno.test("readPathCommand() reads addresses and parameters as they are", async (t) => {
  const cases = [
    { line: "MAIL FROM:<>", address: "", parameters: {} },
    { line: "mail from: <a@b.test>  ", address: "a@b.test", parameters: {} },
    { line: "MAIL FROM:a@b.test SIZE=5", address: "a@b.test", parameters: { SIZE: "5" } },
    { line: 'MAIL FROM:<"a b>"@c.test>', address: '"a b>"@c.test', parameters: {} },
    { line: "MAIL FROM:<@relay.test,@x:a@b.test>", address: "a@b.test", parameters: {} },
    {
      line: "MAIL FROM:<a@xn--bcher-kva.test> smtputf8 ret=Full envid=a+3Db",
      address: "a@xn--bcher-kva.test",
      parameters: { SMTPUTF8: true, RET: "Full", ENVID: "a+3Db" },
    },
    { line: "MAIL FROM:<bü@bücher.test>", address: "bü@bücher.test", parameters: {} },
    { line: "RCPT TO:<PostMaster>", address: "PostMaster", parameters: {} },
    {
      line: "RCPT TO:<a@[IPv6:2001:db8::1]> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@z",
      address: "a@[IPv6:2001:db8::1]",
      parameters: { NOTIFY: "SUCCESS,DELAY", ORCPT: "rfc822;x+2By@z" },
    },
  ];
  for (const { line, address, parameters } of cases) {
    await t.step(line, () => {
      const verb = line.slice(0, 4).toUpperCase() as "MAIL" | "RCPT";
      deepStrictEqual(readPathCommand(verb, encode(line)), { kind: "read", address, parameters });
    });
  }
});

Deno.test("readPathCommand() says what is wrong", async (t) => {
  const cases = [
    { line: "MAIL", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM", reply: /^501 5\.1\.7/ },
    { line: "MAIL <a@b.test>", reply: /^501 5\.1\.7/ },
    { line: "MAIL TO:<a@b.test>", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<a@b.test", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<<a@b.test>>", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<a@b.test>SIZE=5", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<a b@c.test>", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<a@b@c.test>", reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<a\x01@b.test>", reply: /^501 5\.1\.7/ },
    { line: `MAIL FROM:<${"a".repeat(300)}@b.test>`, reply: /^501 5\.1\.7/ },
    { line: "MAIL FROM:<postmaster>", reply: /^501 5\.1\.7/ },
    { line: "RCPT TO:<a@b.test> AUTH=<>", reply: /^555 5\.5\.4 .*AUTH$/ },
    { line: "MAIL FROM:<> AUTH=", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> SIZE=123456789012345678901", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> SIZE=-1", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> SIZE", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> SMTPUTF8=", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> RET", reply: /^501 5\.5\.4 Bad value/ },
    { line: "RCPT TO:<a@b.test> NOTIFY=", reply: /^501 5\.5\.4 Bad value/ },
    { line: "RCPT TO:<a@b.test> NOTIFY=NEVER,NEVER", reply: /^501 5\.5\.4 Bad value/ },
    { line: "RCPT TO:<a@b.test> NOTIFY=SUCCESS,", reply: /^501 5\.5\.4 Bad value/ },
    { line: "RCPT TO:<a@b.test> ORCPT=a@b.test", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> __proto__=1", reply: /^555 5\.5\.4/ },
    { line: "MAIL FROM:<> =5", reply: /^555 5\.5\.4/ },
    { line: "MAIL FROM:<> NOTIFY=NEVER", reply: /^555 5\.5\.4/ },
    { line: "MAIL FROM:<> SIZE=5 size=6", reply: /^501 5\.5\.4 .*twice: SIZE$/ },
    { line: "MAIL FROM:<> ENVID=", reply: /^501 5\.5\.4 Bad value/ },
    { line: "MAIL FROM:<> ENVID=a+0d", reply: /^501 5\.5\.4 Bad value/ },
    { line: `MAIL FROM:<> ENVID=${"x".repeat(101)}`, reply: /^501 5\.5\.4 Bad value/ },
    { line: "RCPT TO:<>", reply: /^501 5\.1\.3/ },
    { line: "RCPT TO:<bob>", reply: /^501 5\.1\.3/ },
    { line: `RCPT TO:<a@b.test> ORCPT=rfc822;${"x".repeat(500)}`, reply: /^501 5\.5\.4 Bad value/ },
  ];
  for (const { line, reply } of cases) {
    await t.step(JSON.stringify(line.slice(0, 60)), () => {
      const got = readPathCommand(line.slice(0, 4) as "MAIL" | "RCPT", encode(line));
      match(got.kind === "refused" ? `${got.reply.code} ${got.reply.text}` : "read", reply);
    });
  }
  await t.step("octets that are no UTF-8", () => {
    const line = Uint8Array.of(...encode("MAIL FROM:<"), 0xff, ...encode("@b.test>"));
    strictEqual(readPathCommand("MAIL", line).kind, "refused");
  });
});

Deno.test("readPathCommand() never throws, and lets nothing through that could start a line", () => {
  const piece = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("<", ">", "@", "\r\n", "\0", '"', "\\", " SIZE=", " ENVID=+0D", "b.test", ","),
  );
  const rest = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(fc.property(rest, (rest) => {
    const read = readPathCommand("MAIL", encode("MAIL FROM:" + rest));
    if (read.kind === "refused") return;
    // deno-lint-ignore no-control-regex -- control characters are what must not come through
    const unsafe = /[\x00-\x1f\x7f]/;
    strictEqual(unsafe.test(read.address + Object.values(read.parameters).join("")), false);
  }));
});
