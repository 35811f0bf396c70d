import type { DsnRequest } from "../../domain/queue/mod.ts";
import type { StoredMessage } from "../../store/mod.ts";
import type { SmtpClient } from "./smtp_client.ts";

/** Recipients of one transaction; every server takes so many (RFC 5321 section 4.5.3.1.8). */
export const MAX_RECIPIENTS = 100;

/** What is sent in one transaction. */
export interface Mail {
  readonly message: StoredMessage;
  /** At most {@linkcode MAX_RECIPIENTS}. */
  readonly addresses: readonly string[];
  /** What the server is asked to tell the sender, for each of them. */
  readonly requests: readonly DsnRequest[];
}

/** `MAIL FROM`, with what the server understands (RFC 1870, 6152, 6531, 3461). */
export function mailLine({ message }: Mail, { offers }: Pick<Offers, "offers">): string {
  const { envelope, sizeOctets } = message;
  return [
    `MAIL FROM:<${envelope.sender}>`,
    ...offers("SIZE") ? [`SIZE=${sizeOctets}`] : [],
    ...offers("8BITMIME") ? ["BODY=8BITMIME"] : [],
    ...envelope.smtpUtf8 === true ? ["SMTPUTF8"] : [],
    ...offers("DSN") && envelope.ret !== undefined ? [`RET=${envelope.ret}`] : [],
    ...offers("DSN") && isXtext(envelope.envid) ? [`ENVID=${envelope.envid}`] : [],
  ].join(" ");
}

/** `RCPT TO` for each address, with the notices that were asked for. */
export function rcptLines(
  { addresses, requests }: Mail,
  { offers }: Pick<Offers, "offers">,
): readonly string[] {
  return addresses.map((address, index) => {
    const line = `RCPT TO:<${address}>`;
    const { notify, orcpt } = requests[index] ?? {};
    if (!offers("DSN")) return line;
    return [
      line,
      ...notify !== undefined && notify.length > 0 ? [`NOTIFY=${notify.join(",")}`] : [],
      ...isXtext(orcpt) ? [`ORCPT=${orcpt}`] : [],
    ].join(" ");
  });
}

/** What a server understands. */
export interface Offers {
  readonly offers: (keyword: string) => boolean;
}

/** What `client`'s server understands. */
export function offersOf(client: SmtpClient): Offers {
  return { offers: (keyword) => client.offers(keyword) };
}

/** RFC 3461 section 4: what a client gave us is passed on only if it cannot end the command. */
function isXtext(text: string | undefined): text is string {
  return text !== undefined && /^[!-~]+$/.test(text);
}
