import type { Outcome } from "../../domain/queue/mod.ts";
import type { Mail } from "./envelope_lines.ts";
import type { SmtpClient } from "./smtp_client.ts";

/**
 * What needs no server to be refused: a message that is too large for it (RFC 1870 section 6.1), or
 * that it could not understand. Nothing is converted on the way: that would break signatures.
 *
 * @throws Any failure to read the message.
 */
export async function refusedHere(
  client: SmtpClient,
  { message, addresses }: Mail,
  host: string,
): Promise<Outcome | undefined> {
  const { maxOctets } = client.capabilities;
  const { envelope, sizeOctets } = message;
  if (maxOctets !== undefined && sizeOctets > maxOctets) {
    const reason = `${host} takes at most ${maxOctets} octets, the message has ${sizeOctets}`;
    return { kind: "permanent", status: "5.3.4", reason };
  }
  if (envelope.smtpUtf8 === true && !client.offers("SMTPUTF8")) {
    const reason = `${host} takes no addresses and headers beyond ASCII`;
    return { kind: "permanent", status: "5.6.7", reason };
  }
  // A line end in an address would be a command of its own.
  // deno-lint-ignore no-control-regex -- Controls are what it is about.
  if ([envelope.sender, ...addresses].some((address) => /[\x00-\x1f\x7f]/.test(address))) {
    return { kind: "permanent", status: "5.1.3", reason: "An address has control characters" };
  }
  // RFC 6152 section 3. Every server of this century takes 8 bits: only the others are worth a look.
  if (!client.offers("8BITMIME") && await hasHighOctets(message.open())) {
    const reason = `${host} takes 7-bit text only, and the message has 8-bit characters: ` +
      "send it again as quoted-printable or base64";
    return { kind: "permanent", status: "5.6.3", reason };
  }
}

async function hasHighOctets(body: AsyncIterable<Uint8Array>): Promise<boolean> {
  for await (const chunk of body) if (chunk.some((octet) => octet > 0x7f)) return true;
  return false;
}
