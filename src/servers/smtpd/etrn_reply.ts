import { isAddress } from "../../formats/address.ts";
import type { Log } from "../../platform/mod.ts";
import { replies, type Reply } from "./replies.ts";

/** Starts the delivery of what waits for a domain (RFC 1985) and says how to answer. */
export type EtrnHandler = (
  domain: string,
) => Promise<{ readonly code: number; readonly text: string }>;

/**
 * The answer to `ETRN domain` (RFC 1985 section 5; `@domain` asks for its subdomains too). The
 * handler's enhanced status code, if it wants one, is part of its text.
 */
export async function etrnReply(
  line: string,
  { onEtrn, log }: { onEtrn: EtrnHandler | undefined; log: Log },
): Promise<Reply> {
  const [, node, ...rest] = line.trim().split(/\s+/);
  if (node === undefined || rest.length > 0) return replies.syntax("Expected ETRN domain");
  if (!isAddress(`etrn@${node.replace(/^@/, "")}`)) {
    return replies.syntax("Not a domain that can be asked for");
  }
  if (onEtrn === undefined) return replies.etrnUnavailable;
  try {
    return await onEtrn(node.toLowerCase());
  } catch (error) {
    log.error("Cannot start the delivery for ETRN", { domain: node, reason: String(error) });
    return replies.etrnUnavailable;
  }
}
