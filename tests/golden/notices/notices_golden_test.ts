/**
 * Notices word for word, as people get them. A file beside this one is a notice, with LF line ends;
 * `UPDATE_NOTICES=1` writes them anew, to be read before they are committed.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { type Dsn, type DsnRecipient, formatDsn } from "../../../src/formats/dsn.ts";

const NOTICE: Omit<Dsn, "recipients"> = {
  hostname: "office.example",
  to: "anna@office.example",
  date: "Wed, 3 Jan 2024 10:00:00 +0100",
  arrival: "Mon, 1 Jan 2024 10:00:00 +0100",
  subject: "Lunch on Friday",
  messageId: "<1@office.example>",
  queueId: "1HK153X00DRZJBQS",
  returned: "header",
};

const RETURNED = "From: Anna <anna@office.example>\r\nSubject: Lunch on Friday\r\n\r\n";

function failed(status: string, reason: string, more: Partial<DsnRecipient> = {}): DsnRecipient {
  return { address: "bob@world.example", action: "failed", status, reason, ...more };
}

function givenUp(lastStatus: string, reason: string): DsnRecipient {
  return failed("4.4.7", reason, { triedFor: "48 hours", lastStatus });
}

const NOTICES: Readonly<Record<string, Partial<Dsn> & Pick<Dsn, "recipients">>> = {
  "no_such_user": {
    recipients: [
      failed("5.1.1", "mx.world.example said: 550 5.1.1 <bob@world.example>: User unknown"),
    ],
  },
  "no_such_domain": { recipients: [failed("5.1.2", "There is no such domain: world.exampel")] },
  "null_mx": { recipients: [failed("5.1.10", "world.example takes no mail (null MX)")] },
  "mailbox_full": { recipients: [givenUp("4.2.2", "The mailbox is full")] },
  "too_large": {
    wasTooLong: true,
    recipients: [
      failed("5.3.4", "mx.world.example takes at most 1000000 octets, the message has 2500000"),
    ],
  },
  "refused_as_spam": {
    recipients: [
      failed(
        "5.7.1",
        "mx.world.example said: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked " +
          "using list.example; see https://list.example/query/192.0.2.1",
      ),
    ],
  },
  "not_reached_for_two_days": {
    recipients: [
      givenUp("4.4.1", "Cannot connect to mx.world.example:25: no answer within 60 s"),
    ],
  },
  "no_encryption": {
    recipients: [
      givenUp(
        "4.7.4",
        "The session with mail.isp.example must be encrypted (gateway_tls), and it does not " +
          "offer it",
      ),
    ],
  },
  "no_login": {
    recipients: [
      givenUp(
        "4.7.8",
        "mail.isp.example refuses the user and password of gateway_auth: 535 5.7.8 Error",
      ),
    ],
  },
  "loop": {
    recipients: [
      failed("5.4.6", "Mail for world.example loops back: its mail exchanger is this server"),
    ],
  },
  "delayed": {
    recipients: [{
      address: "bob@world.example",
      action: "delayed",
      status: "4.4.1",
      reason: "Cannot connect to mx.world.example:25: no answer within 60 s",
      until: "Fri, 5 Jan 2024 10:00:00 +0100",
    }],
  },
  "several_fates": {
    returned: "message",
    envid: "order+2B17",
    recipients: [
      failed("5.1.1", "No such user here", { address: "bbo@office.example" }),
      failed("5.1.1", "No such user here", {
        address: "eev@office.example",
        orcpt: "rfc822;eev@office.example",
      }),
      failed("5.2.2", "mx.world.example said: 552 5.2.2 Over quota", {
        address: "sales@office.example",
        isPart: true,
      }),
      {
        address: "dan@world.example",
        action: "relayed",
        status: "2.0.0",
        reason: "mx.world.example said: 250 2.0.0 Ok: queued as 4FX1",
      },
      { address: "fay@office.example", action: "delivered", status: "2.0.0", reason: "" },
    ],
  },
  "letters_of_the_world": {
    to: "jörg@bücher.example",
    isGlobal: true,
    utf8: true,
    subject: "Grüße, 中文",
    recipients: [failed("5.1.1", "No such user here", { address: "åsa@bücher.example" })],
  },
  "letters_of_the_world_in_ascii": {
    isGlobal: true,
    subject: "Grüße, 中文",
    recipients: [failed("5.1.1", "No such user here", { address: "åsa@bücher.example" })],
  },
  "to_the_postmaster": {
    to: "postmaster@office.example",
    reader: "postmaster",
    subject: "Not delivered to bbo@office.example: no such address",
    returned: "message",
    recipients: [
      failed("5.1.1", "mx.world.example said: 550 5.1.1 Unknown", {
        address: "gone@world.example",
      }),
    ],
  },
};

for (const [name, notice] of Object.entries(NOTICES)) {
  Deno.test(`formatDsn() writes the notice of ${name.replaceAll("_", " ")}`, async () => {
    const { before, after } = formatDsn({ ...NOTICE, ...notice });
    const text = (before + RETURNED + after).replaceAll("\r\n", "\n");
    const file = new URL(`${name}.eml`, import.meta.url);
    if (Deno.env.has("UPDATE_NOTICES")) await Deno.writeTextFile(file, text);
    strictEqual(text, await Deno.readTextFile(file));
  });
}
