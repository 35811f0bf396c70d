import type { Random } from "../../platform/mod.ts";

/** A message of the demo, as somebody in the world wrote it. */
export interface DemoMessage {
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Header and body, CRLF line ends. */
  readonly text: string;
}

/** The office of the demo: a clinic on an island. */
export const OFFICE_DOMAIN = "skerry-clinic.example";

/** Mail for this part of the office waits in the provider's queue and is asked for with ETRN. */
export const LAB_DOMAIN = "lab.skerry-clinic.example";

/** Where the office's mail waits: one mailbox for the whole domain. */
export const PROVIDER_DOMAIN = "coastnet.example";

/** Who works there. `desk` looks after what finds no recipient. */
export const OFFICE_USERS = ["anna", "bob", "carla", "desk"] as const;

interface Draft {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
  readonly attachment?: { readonly name: string; readonly octets: number };
  /** Who really gets it, if the header does not say (Bcc, a list). */
  readonly envelope?: readonly string[];
}

const anna = `anna@${OFFICE_DOMAIN}`;
const bob = `bob@${OFFICE_DOMAIN}`;
const carla = `carla@${OFFICE_DOMAIN}`;

const WAITING: readonly Draft[] = [
  {
    from: "Harbour Office <harbour@skerry.example>",
    to: [anna],
    subject: "Ferry: Thursday's sailing is cancelled",
    body: "Wind from the north-west, force 9. The next boat is Friday 07:40.\n\nHarbour Office",
  },
  {
    from: "Dr. Lena Sjöberg <lena.sjoberg@mainland-hospital.example>",
    to: [anna, bob],
    subject: "Patient transfer on Friday",
    body: "Hello both,\n\nbed 12 is free from noon. Please send the papers with the patient,\n" +
      "the fax is out of order again.\n\nLena",
  },
  {
    from: "Nordic Medical Supplies <orders@nordmed.example>",
    to: [bob],
    subject: "Your order 20817 has left our warehouse",
    body: "12 boxes gloves, nitrile, M\n 4 boxes syringes 5 ml\n 1 otoscope\n\n" +
      ".. and our thanks for your order.",
  },
  {
    from: "Väinö Mäkelä <vaino@makela.example>",
    to: [carla],
    subject: "Kuvia kesältä",
    body: "Hei Carla, tässä luvatut kuvat. Terveisiä kaikille!\n\nVäinö",
    attachment: { name: "boat.jpg", octets: 26_000 },
  },
  {
    from: "Mainland Hospital Pharmacy <pharmacy@mainland-hospital.example>",
    to: [anna],
    subject: "Recall: batch 77-B, paracetamol infusion",
    body:
      "From time to time we ask you to check your stock.\nFrom shelf and store please remove:\n\n" +
      "  batch 77-B, expiry 2027-03\n\nPlease answer, also if you have none.",
  },
  {
    from: "Coastnet <billing@coastnet.example>",
    to: [`accounts@${OFFICE_DOMAIN}`],
    subject: "Invoice for October: 61 minutes of line time",
    body: "61 minutes at 0.09: 5.49\nMonthly charge: 9.00\n\nTotal: 14.49",
  },
  {
    from: "Island Weather Service <forecast@weather.example>",
    to: ["forecast-subscribers@weather.example"],
    envelope: [bob, carla],
    subject: "Forecast for the outer islands",
    body: "Friday: NW 8, snow showers.\nSaturday: W 5, clearing.\nSunday: variable 2, sun.",
  },
  {
    from: "Erik <erik@lighthouse.example>",
    to: [carla],
    subject: "Chess, move 23",
    body: "Knight takes e5. Your turn, and no looking it up!\n\nErik",
  },
  {
    from: "Regional Health Authority <statistics@health.example>",
    to: [anna],
    subject: "Quarterly figures: form attached",
    body: "Please return the form by the end of the month.",
    attachment: { name: "form-q4.pdf", octets: 14_000 },
  },
];

const WAITING_FOR_LAB: readonly Draft[] = [
  {
    from: "Central Laboratory <results@mainland-hospital.example>",
    to: [`anna@${LAB_DOMAIN}`],
    subject: "Result 4471: negative",
    body: "Sample 4471, taken on the 17th: negative.\nThe written report follows by post.",
  },
  {
    from: "Central Laboratory <results@mainland-hospital.example>",
    to: [`bob@${LAB_DOMAIN}`],
    subject: "Result 4480: please repeat",
    body: "Sample 4480 arrived warm. Please take another one and keep it below 8 degrees.",
  },
];

const FROM_THE_OFFICE: readonly Draft[] = [
  {
    from: `Anna <${anna}>`,
    to: [`lena.sjoberg@mainland-hospital.example`],
    subject: "Re: Patient transfer on Friday",
    body: "We come with the Friday boat, 07:40, if it sails.\n\nAnna",
  },
  {
    from: `Bob <${bob}>`,
    to: ["orders@nordmed.example"],
    subject: "One more box of gloves",
    body: "Please add one box of gloves, nitrile, L, to order 20817.\n\nBob",
  },
];

/** What waits at the provider, in the office's one mailbox there. */
export function waitingMail(options: DemoMailOptions): readonly DemoMessage[] {
  return WAITING.map((draft, index) => compose(draft, index, options));
}

/** What waits in the provider's queue, for the domain that is asked for with ETRN. */
export function queuedMail(options: DemoMailOptions): readonly DemoMessage[] {
  return WAITING_FOR_LAB.map((draft, index) => compose(draft, 100 + index, options));
}

/** What the office has written meanwhile. */
export function officeMail(options: DemoMailOptions): readonly DemoMessage[] {
  return FROM_THE_OFFICE.map((draft, index) => compose(draft, 200 + index, options));
}

/** When the messages were written, and what their attachments are made of. */
export interface DemoMailOptions {
  readonly nowMs: number;
  readonly random: Random;
}

function compose(draft: Draft, index: number, { nowMs, random }: DemoMailOptions): DemoMessage {
  const sender = /<([^>]+)>/.exec(draft.from)?.[1] ?? draft.from;
  const header = [
    `From: ${encodeWord(draft.from)}`,
    `To: ${draft.to.join(", ")}`,
    `Subject: ${encodeWord(draft.subject)}`,
    `Date: ${
      new Date(nowMs - (index % 100 + 1) * 1_740_000).toUTCString().replace("GMT", "+0000")
    }`,
    `Message-ID: <demo.${index}.${nowMs}@${sender.split("@")[1]}>`,
    "MIME-Version: 1.0",
  ];
  return {
    sender,
    recipients: draft.envelope ?? draft.to,
    text: [...header, ...content(draft, index, random)].join("\r\n") + "\r\n",
  };
}

function content({ body, attachment }: Draft, index: number, random: Random): string[] {
  const text = [
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "",
    ...body.split("\n"),
  ];
  if (attachment === undefined) return text;
  const boundary = `=_demo_${index}`;
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    "",
    `--${boundary}`,
    ...text,
    `--${boundary}`,
    `Content-Type: application/octet-stream; name="${attachment.name}"`,
    `Content-Disposition: attachment; filename="${attachment.name}"`,
    "Content-Transfer-Encoding: base64",
    "",
    ...base64Lines(random.bytes(attachment.octets)),
    `--${boundary}--`,
  ];
}

/** Base64 in lines of 76 characters (RFC 2045 section 6.8). */
function base64Lines(bytes: Uint8Array): readonly string[] {
  return bytes.toBase64().match(/.{1,76}/g) ?? [];
}

/** Header text that is not ASCII as an encoded word (RFC 2047); an address stays as it is. */
function encodeWord(text: string): string {
  if (!/[^\x20-\x7e]/.test(text)) return text;
  const [, name, address] = /^(.*?)( <[^>]*>)?$/.exec(text) ?? [];
  return `=?utf-8?B?${new TextEncoder().encode(name).toBase64()}?=${address ?? ""}`;
}
