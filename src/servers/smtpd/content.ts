import type { Bombs, BombVerdict } from "../../domain/bomb/mod.ts";
import type { MessageFilters } from "../../domain/filter/mod.ts";
import { footerFor, type FooterRule, withFooter } from "../../domain/footer/mod.ts";
import type { Envelope } from "../../formats/envelope.ts";
import { type HeaderBlock, parseHeader, withoutFields } from "../../formats/header.ts";
import { RefusedMessage } from "./checked_body.ts";
import { type Client, replies } from "./replies.ts";

/** What looks into messages, and what it changes in them. */
export interface Content {
  readonly bombs: Bombs;
  readonly filters: MessageFilters;
  readonly footers: readonly FooterRule[];
  /** Field that gets the envelope recipient if there is only one (B12); empty for none. */
  readonly recipientHeader: string;
}

/** Whose message it is. */
export interface MessageFacts {
  readonly envelope: Envelope;
  readonly client: Client;
}

/**
 * A message as it is to be stored: not a mail bomb, not what a filter fits, without a recipient
 * header that somebody else wrote, with its footer.
 *
 * @throws {RefusedMessage} If it is a mail bomb.
 * @throws {RefusedByRule} At once, or when its rest is read.
 */
export async function withContentRules(
  message: HeaderBlock,
  { envelope, client }: MessageFacts,
  { bombs, filters, footers, recipientHeader }: Content,
): Promise<HeaderBlock> {
  const verdict: BombVerdict = await bombs.judge({
    sender: envelope.sender,
    recipients: envelope.recipients.map(({ address }) => address),
    address: client.address,
    header: message,
  });
  if (verdict.kind === "suspected") throw new RefusedMessage(replies.mailBomb);
  const screened = filters.screened(verdict.message);
  const unforged = recipientHeader === "" ? screened : without(recipientHeader, screened);
  const footer = footerFor(footers, envelope.sender);
  return footer === undefined ? unforged : withFooter(unforged, footer);
}

function without(name: string, message: HeaderBlock): HeaderBlock {
  const bytes = withoutFields(message.bytes, [name]);
  return { ...message, bytes, fields: parseHeader(bytes) };
}
