import type { EtrnReport } from "../../domain/link/mod.ts";
import { replyText, type SmtpReply } from "../../formats/smtp.ts";
import type { Clock, Log, Net } from "../../platform/mod.ts";
import { SmtpClient, type SmtpTarget } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";

/** Whom to ask, and for which domains. */
export interface EtrnRequest extends SmtpTarget {
  readonly domains: readonly string[];
}

/**
 * Asks an upstream server to send what waits for our domains (B10, RFC 1985): one connection, one
 * ETRN a domain, and a report for each in their order. A failure is a report, too.
 *
 * @throws The abort reason.
 */
export async function sendEtrn(
  request: EtrnRequest,
  deps: { readonly net: Net; readonly clock: Clock; readonly log: Log },
  signal: AbortSignal,
): Promise<readonly EtrnReport[]> {
  const { host, domains } = request;
  const reports: EtrnReport[] = [];
  if (domains.length === 0) return reports;
  let client: SmtpClient | undefined;
  try {
    client = await SmtpClient.connect(request, deps, signal);
    for (const domain of domains) {
      const report = { domain, ...explain(await client.command(`ETRN ${domain}`)) };
      deps.log.info("Asked for waiting mail", { host, ...report });
      reports.push(report);
    }
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    deps.log.warn("Cannot ask for waiting mail", { host, reason: error.message });
    for (const domain of domains.slice(reports.length)) {
      reports.push({ domain, ok: false, result: error.message });
    }
  } finally {
    await client?.quit();
  }
  return reports;
}

/** What the replies of RFC 1985 section 5.3 mean. */
const MEANINGS: Readonly<Record<number, string>> = {
  250: "Mail is on its way if there is any",
  251: "No mail is waiting",
  252: "Waiting mail is on its way",
  253: "Waiting mail is on its way",
  458: "The server cannot start sending just now",
  459: "The server does not send mail for this domain on request",
  500: "The server does not know ETRN",
  501: "The server does not accept the domain",
  502: "The server does not offer ETRN",
  530: "The server asks for a password first",
};

function explain(reply: SmtpReply): { readonly ok: boolean; readonly result: string } {
  const meaning = MEANINGS[reply.code];
  const text = replyText(reply);
  return {
    ok: reply.code >= 250 && reply.code <= 253,
    result: meaning === undefined ? text : `${meaning} (${text})`,
  };
}
