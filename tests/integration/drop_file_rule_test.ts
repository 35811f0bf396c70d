import { strictEqual } from "node:assert/strict";
import { applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { locked, texts } from "../support/maildrop_store.ts";
import { octetsOf } from "../support/octet_text.ts";

/** Too large to be written at once. */
const BODY = `${"x".repeat(70)}\r\n`.repeat(6000);
const MESSAGES = 20;

Deno.test("a rule that names a user's drop file mixes nothing with the user's own mail", async () => {
  await using here = await applianceHere();
  await here.addUsers("bob");
  await here.reload(`forward archive@office.example ${here.directory}/drop//bob`);
  const { queue, maildrops } = here.appliance.core;
  await Promise.all(Array.from({ length: MESSAGES }, (_, index) => {
    const address = `${index % 2 === 0 ? "bob" : "archive"}@office.example`;
    return queue.submit({
      envelope: { sender: "x@world.example", recipients: [{ address }] },
      origin: { kind: "local", by: "test" },
    }, [octetsOf(`Subject: ${index}\r\n\r\n${BODY}`)]);
  }));
  await eventually("all is delivered", () => queue.counts().messages === 0);
  await using maildrop = await locked(maildrops, "bob");
  const whole = (await texts(maildrop)).filter((text) => text.endsWith(`\r\n\r\n${BODY}`));
  const subjects = whole.map((text) => /^Subject: (.*)$/m.exec(text)?.[1]);
  strictEqual(new Set(subjects).size, MESSAGES);
});
