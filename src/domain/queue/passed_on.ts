import { encodeXtext } from "../../formats/dsn.ts";
import type { NotifyKeyword } from "../../formats/envelope.ts";
import type { Progress, Unit } from "./item.ts";

/** What the next server is asked to tell the sender of a recipient (RFC 3461 sections 4.1 and 4.2). */
export interface DsnRequest {
  readonly notify?: readonly NotifyKeyword[];
  /** In xtext. */
  readonly orcpt?: string;
}

/** RFC 3461 section 4.2. */
const MAX_ORCPT_LENGTH = 500;

/** In which order they are written. */
const KEYWORDS = ["SUCCESS", "FAILURE", "DELAY"] as const;

/**
 * What goes along with a message to a destination, also to one that its recipients are redirected to
 * (RFC 3461 section 5.2.7): the address that the sender knows, and what he wants to be told. Of a
 * success here, and not there, if the address stands for several.
 */
export function requestFor({ destination, recipients }: Unit): DsnRequest {
  const to = destination.kind === "relay" ? destination.address : "";
  const first = recipients.find(({ recipient }) => recipient.address === to) ?? recipients[0];
  if (first === undefined) return {};
  const { address, orcpt } = first.recipient;
  const original = orcpt ?? (address !== to ? asOrcpt(address) : undefined);
  const notify = recipients.some(({ recipient }) => recipient.notify !== undefined)
    ? together(recipients)
    : undefined;
  return {
    ...(notify === undefined ? {} : { notify }),
    ...(original === undefined ? {} : { orcpt: original }),
  };
}

/** All that somebody wants; a recipient without NOTIFY wants to know of failures (B8). */
function together(recipients: readonly Progress[]): readonly NotifyKeyword[] {
  const wanted = new Set(
    recipients.flatMap(({ recipient, ways }) =>
      (recipient.notify ?? ["FAILURE"]).filter((keyword) => keyword !== "SUCCESS" || ways <= 1)
    ),
  );
  const keywords = KEYWORDS.filter((keyword) => wanted.has(keyword));
  return keywords.length === 0 ? ["NEVER"] : keywords;
}

/** An address in ASCII as ORCPT; `undefined` for others. */
function asOrcpt(address: string): string | undefined {
  const orcpt = `rfc822;${encodeXtext(address)}`;
  return /^[ -~]+$/.test(address) && orcpt.length <= MAX_ORCPT_LENGTH ? orcpt : undefined;
}
