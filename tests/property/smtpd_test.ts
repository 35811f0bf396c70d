import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { cutAt } from "../support/chunks.ts";
import { octetsOf, octetText } from "../support/octet_text.ts";
import { startTestSmtpd, type TestSmtpd } from "../support/smtpd.ts";

/** Whole dialogues, all sent at once; each ends by itself. */
const DIALOGUES: readonly string[] = [
  "EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bob@office.test>\r\nDATA\r\nS: x\r\n\r\n" +
  ".\r..\r\n..\r\n...x\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<bob@office.test>\r\nBDAT 16\r\n" +
  "S: y\r\n\r\n.\r\nQUIT\r\nBDAT 0 LAST\r\nNOOP\r\nQUIT\r\nMAIL FROM:<>\r\n",
  "EHLO x\r\nBDAT 12 LAST\r\nRSET\r\nQUIT\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bob@office.test>\r\n" +
  "BDAT 3\r\n\r\n.BDAT 4 LAST\r\n\r\nx\nAUTH LOGIN\r\nQUIT\r\nAUTH LOGIN Ym9i\r\nc2VjcmV0\r\nQUIT\r\n",
  "HELO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<bob@office.test>\r\nDATA\r\n" +
  "a\n.\nb\r\n.\n\r\n.\r\nNOOP\r\nBDAT nonsense\r\nQUIT\r\n",
];

/** All that a server says to `parts`, until it closes. */
async function answers(server: TestSmtpd, parts: readonly Uint8Array[]): Promise<string> {
  using conn = await server.connect();
  conn.setNoDelay(true);
  const said = (async () => {
    let text = "";
    const buffer = new Uint8Array(65_536);
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      text += octetText(buffer.subarray(0, count));
    }
    return text.replaceAll(/Ok Q\d+/g, "Ok");
  })();
  try {
    for (const part of parts) await conn.write(part);
  } catch {
    // It closed on us in the middle, as it may.
  }
  return await said;
}

Deno.test("smtpd answers the same, however the network cuts what it is sent", async () => {
  await using server = await startTestSmtpd();
  const whole: string[] = [];
  for (const dialogue of DIALOGUES) {
    whole.push((await answers(server, [octetsOf(dialogue)])).trimEnd());
  }
  const stored = server.queue.messages.map(({ body }) => octetText(body));
  strictEqual(stored.length, 2);
  const cuts = fc.array(fc.nat(400), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.nat(DIALOGUES.length - 1), cuts, async (which, cuts) => {
      server.queue.messages.length = 0;
      const octets = octetsOf(DIALOGUES[which]!);
      const parts = cutAt(octets, cuts.filter((at) => at < octets.length));
      strictEqual((await answers(server, parts)).trimEnd(), whole[which]);
      deepStrictEqual(
        server.queue.messages.map(({ body }) => octetText(body)),
        which === 0 ? stored : [],
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("smtpd stays up, and in step, whatever it is sent", async () => {
  await using server = await startTestSmtpd();
  const piece = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("EHLO x\r\n", "MAIL FROM:<a@b.test>\r\n", "RCPT TO:<bob@office.test>\r\n"),
    fc.constantFrom("DATA\r\n", "\r\n.\r\n", "BDAT 5\r\n", "BDAT 0 LAST\r\n", "RSET\r\n", "\r\n"),
    fc.constantFrom("AUTH PLAIN\r\n", "AUTH LOGIN Ym9i\r\n", "*\r\n", "STARTTLS\r\n", "HELP\r\n"),
    fc.constantFrom("VRFY bob\r\n", "ETRN office.test\r\n", "\0", "\n", "\r", " ", "QUIT"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      using conn = await server.connect();
      await conn.write(octetsOf(pieces.join("")));
      await conn.closeWrite().catch(() => {}); // It may have closed before.
    }),
    { numRuns: 100 },
  );
  const dialogue = DIALOGUES[0]!;
  const said = await answers(server, [octetsOf(dialogue)]);
  strictEqual(said.match(/^250 Command DATA Processed mail data Ok/gm)?.length, 2);
});
