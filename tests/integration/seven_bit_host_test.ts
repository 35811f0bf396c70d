/** Mail to a host of another century, which takes 7-bit text only. */
import { deepStrictEqual as equal, match, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
// @ts-types="../support/mailparser.d.ts"
import { simpleParser } from "mailparser";
import { applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed } from "../support/peers.ts";
import { startSmtpSink } from "../support/smtp_sink.ts";
import { SmtpSession } from "../support/smtp_session.ts";

const TEXT = "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n";

const LETTER = "From: Ann <ann@office.example>\r\nSubject: Umlauts\r\nMIME-Version: 1.0\r\n" +
  "Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
  `--b\r\n${TEXT}\r\nGr\xfc\xdfe = caf\xe9\r\n.\r\n--b\r\nContent-Type: image/gif\r\n` +
  "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lG\r\n--b--\r\n";

for (const [name, flag] of [["without 8BITMIME", "-8"], ["without ESMTP", "-e"]] as const) {
  Deno.test(`a host ${name} gets a letter that reads the same, and none that is signed`, {
    ignore: !installed("smtp-sink"),
  }, async () => {
    await using sink = await startSmtpSink(undefined, [flag]);
    await using office = await applianceHere(
      `gateway * 127.0.0.1:${sink.port}`,
      "gateway_tls * none",
      "forward_from_ip 127.0.0.1",
    );
    await office.addUsers("ann");
    {
      using session = await SmtpSession.open(office.port("smtp"));
      const to = ["bob@world.example"];
      for (const letter of [LETTER, `DKIM-Signature: v=1\r\n${LETTER}`]) {
        const { kind } = await session.send(to, octetsOf(letter), "ann@office.example");
        strictEqual(kind, "accepted");
      }
    }
    const [dump = ""] = await eventually("it has arrived", async () => {
      const messages = await sink.messages();
      return messages[0]?.includes("--b--") && messages;
    });
    ok(!/[^\t\n\r\x20-\x7e]/.test(dump), "8-bit characters went out");
    const start = dump.indexOf("From: Ann");
    const [was, is] = [
      await simpleParser(Buffer.from(octetsOf(LETTER))),
      await simpleParser(dump.slice(start)),
    ];
    const facts = ({ subject, text, attachments }: typeof was) => {
      return { subject, text: text?.trim(), types: attachments.map((one) => one.contentType) };
    };
    equal(facts(is), facts(was));

    const notice = await eventually("ann was told", async () => {
      const text = await Deno.readTextFile(`${office.directory}/drop/ann`).catch(() => "");
      return text.includes("Final-Recipient") && text;
    });
    match(notice, /Status: 5\.6\.3/);
    match(notice.replaceAll(/\s+/g, " "), /cannot be encoded on the way, because it is signed/);
    strictEqual((await sink.messages()).length, 1);
  });
}
