import { replyText, type SmtpReply } from "../../formats/smtp.ts";
import type { Clock, Connection, Log, Net } from "../../platform/mod.ts";
import { openSession, type Protection } from "./open_session.ts";
import type { SmtpClient, SmtpTarget } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";

/** Whom to ask, who we are there, and for which domains. */
export interface AtrnRequest extends SmtpTarget {
  readonly domains: readonly string[];
  readonly protection: Protection;
}

/** What came of asking. */
export type AtrnResult =
  /** Whoever has the connection is the server on it now, and greets. */
  | { readonly kind: "turned"; readonly connection: Connection; readonly isEncrypted: boolean }
  | { readonly kind: "no mail"; readonly result: string }
  /** It knows no ATRN; perhaps it knows ETRN. */
  | { readonly kind: "not offered" }
  | { readonly kind: "failed"; readonly result: string };

/**
 * Asks an upstream server to turn the connection round and send what waits for our domains (RFC
 * 2645). A failure is a result, too.
 *
 * @throws The abort reason.
 */
export async function askAtrn(
  request: AtrnRequest,
  deps: { readonly net: Net; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<AtrnResult> {
  const { protection, domains, ...target } = request;
  try {
    const client = await openSession(target, protection, deps, signal);
    try {
      return await ask(client, domains);
    } finally {
      await client.quit();
    }
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    return { kind: "failed", result: error.message };
  }
}

async function ask(client: SmtpClient, domains: readonly string[]): Promise<AtrnResult> {
  if (!client.offers("ATRN")) return { kind: "not offered" };
  const reply = await client.command(`ATRN ${domains.join(",")}`.trimEnd());
  const answer = readReply(reply);
  if (answer.kind !== "turned") return answer;
  const { isEncrypted } = client;
  return { kind: "turned", connection: client.release(), isEncrypted };
}

/** What the replies of RFC 2645 section 7 mean. */
const MEANINGS: Readonly<Record<number, string>> = {
  450: "The server does not give us this mail",
  451: "The server cannot send just now",
  453: "No mail is waiting",
  530: "The server asks for a password first",
};

/** What a reply to ATRN means; 500 and 502 say that there is none. */
export function readReply(
  reply: SmtpReply,
): { readonly kind: "turned" } | Exclude<AtrnResult, { kind: "turned" }> {
  const { code } = reply;
  if (code === 250) return { kind: "turned" };
  if (code === 500 || code === 502) return { kind: "not offered" };
  const [meaning, text] = [MEANINGS[code], replyText(reply)];
  const result = meaning === undefined ? text : `${meaning} (${text})`;
  return { kind: code === 453 ? "no mail" : "failed", result };
}
