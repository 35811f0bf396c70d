import type { Outcome } from "../../domain/queue/mod.ts";
import { sevenBitPlan, toSevenBit } from "../../formats/seven_bit.ts";
import type { Mail } from "./envelope_lines.ts";
import type { SmtpClient } from "./smtp_client.ts";

/** What becomes of a message before the server hears of it. */
export type Prepared =
  | { readonly kind: "ready"; readonly mail: Mail }
  | { readonly kind: "refused"; readonly outcome: Outcome };

/**
 * What needs no server to be refused: a message that is too large for it (RFC 1870 section 6.1), or
 * that it could not understand. Where 8-bit text can be encoded for a server that does not take it
 * (RFC 6152 section 3), it is; nothing else is changed on the way.
 *
 * @throws Any failure to read the message.
 */
export async function prepared(client: SmtpClient, mail: Mail, host: string): Promise<Prepared> {
  const { envelope, sizeOctets } = mail.message;
  const { maxOctets = Infinity } = client.capabilities;
  const tooLarge = (octets: number) =>
    refused("5.3.4", `${host} takes at most ${maxOctets} octets, the message has ${octets}`);
  if (sizeOctets > maxOctets) return tooLarge(sizeOctets);
  if (envelope.smtpUtf8 === true && !client.offers("SMTPUTF8")) {
    return refused("5.6.7", `${host} takes no addresses and headers beyond ASCII`);
  }
  // A line end in an address would be a command of its own.
  // deno-lint-ignore no-control-regex -- Controls are what it is about.
  if ([envelope.sender, ...mail.addresses].some((address) => /[\x00-\x1f\x7f]/.test(address))) {
    return refused("5.1.3", "An address has control characters");
  }
  // Every server of this century takes 8 bits: only the others are worth a look.
  if (client.offers("8BITMIME") || !await hasHighOctets(mail.message.open())) {
    return { kind: "ready", mail };
  }
  const plan = await sevenBitPlan(mail.message.open());
  if (plan.kind === "impossible") {
    const reason = `${host} takes 7-bit text only, and the message has 8-bit characters that ` +
      `cannot be encoded on the way, because ${plan.reason}: send it again as quoted-printable ` +
      "or base64";
    return refused("5.6.3", reason);
  }
  const encoded = await encodedMail(mail, plan.parts);
  const octets = encoded.message.sizeOctets;
  return octets > maxOctets ? tooLarge(octets) : { kind: "ready", mail: encoded };
}

async function encodedMail(mail: Mail, parts: ReadonlySet<number>): Promise<Mail> {
  const { id, envelope, origin, submittedAtMs } = mail.message;
  const open = () => toSevenBit(mail.message.open(), parts);
  let sizeOctets = 0;
  for await (const chunk of open()) sizeOctets += chunk.length;
  return { ...mail, message: { id, envelope, origin, submittedAtMs, sizeOctets, open } };
}

async function hasHighOctets(body: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const chunk of body) if (chunk.some((octet) => octet > 0x7f)) return true;
  return false;
}

function refused(status: string, reason: string): Prepared {
  return { kind: "refused", outcome: { kind: "permanent", status, reason } };
}
