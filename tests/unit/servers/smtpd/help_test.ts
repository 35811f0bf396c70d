import { match, ok, strictEqual } from "node:assert/strict";
import { helpReply } from "../../../../src/servers/smtpd/help.ts";

Deno.test("helpReply() has help for every command it names", () => {
  const [commands = ""] = helpReply("HELP").text as readonly string[];
  const names = commands.replace("Commands: ", "").split(" ");
  ok(names.length > 10);
  for (const name of names) {
    strictEqual(helpReply(`HELP ${name.toLowerCase()} `).code, 214, name);
    ok(String(helpReply(`HELP ${name}`).text).startsWith(`Syntax: ${name}`), name);
  }
  strictEqual(helpReply("HELP toString").code, 504);
});

Deno.test("helpReply() says nothing of what is not offered", () => {
  const isOffered = (verb: string) => verb !== "ETRN";
  match(String(helpReply("HELP", isOffered).text), /EXPN (?!ETRN)/);
  strictEqual(helpReply("HELP etrn", isOffered).code, 504);
  strictEqual(helpReply("HELP noop", isOffered).code, 214);
});
