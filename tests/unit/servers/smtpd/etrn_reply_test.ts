import { deepStrictEqual } from "node:assert/strict";
import { etrnReply } from "../../../../src/servers/smtpd/etrn_reply.ts";
import { silentLog } from "../../../support/silent_log.ts";

Deno.test("etrnReply() passes on what the handler says", async () => {
  const onEtrn = (domain: string) => Promise.resolve({ code: 251, text: `none for ${domain}` });
  deepStrictEqual(await etrnReply("ETRN X.test ", { onEtrn, log: silentLog }), {
    code: 251,
    text: "none for x.test",
  });
});
