import type { EtrnReport } from "../../domain/link/mod.ts";
import { asciiDomain } from "../../formats/domain.ts";
import { replyText, type SmtpReply } from "../../formats/smtp.ts";
import type { Clock, Log, Net } from "../../platform/mod.ts";
import { openSession, type Protection } from "./open_session.ts";
import { type SmtpClient, type SmtpTarget, TIMEOUTS_MS } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";

/** Whom to ask, and for which domains. */
export interface EtrnRequest extends SmtpTarget {
  /** Each as it is called here, or with an `@` before it for what is below it, too. */
  readonly domains: readonly string[];
  /** How to log in where the server wants it (530); without this that is its report. */
  readonly protection?: Protection;
  /** Hosts that are known to want it, which saves a connection; this keeps it. */
  readonly wantLogin?: Set<string>;
}

/** What asking works with. */
interface EtrnDeps {
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of the server while it is asked. */
interface Manner {
  /** Whether several commands were sent at a time in the last session. */
  wasPipelined: boolean;
  mayPipeline: boolean;
  protection: Protection;
}

/** A report, and the code that it comes of. */
interface Answer extends EtrnReport {
  readonly code: number;
}

const OPENLY: Protection = { tls: "none" };

/** Servers send away who says much that brings no mail: Postfix after 100 commands, or 20 refusals. */
const MAX_PER_SESSION = 90;

/**
 * Asks an upstream server to send what waits for our domains (B10, RFC 1985), and reports for each
 * in their order. Where the server offers PIPELINING all are asked in one round trip, and one at a
 * time over another connection if it does not bear that. Who sends us away half-way (421) is asked for
 * the rest over another connection. Only who wants a password (530) gets one, and with it encryption:
 * both cost round trips, and where our mail waits is no secret. A failure is a report, too.
 *
 * @throws The abort reason.
 */
export async function sendEtrn(
  request: EtrnRequest,
  deps: EtrnDeps,
  signal: AbortSignal,
): Promise<readonly EtrnReport[]> {
  const { host, domains, protection = OPENLY, wantLogin = new Set<string>() } = request;
  const reports: EtrnReport[] = [];
  const manner: Manner = {
    wasPipelined: false,
    mayPipeline: true,
    protection: wantLogin.has(host) ? protection : OPENLY,
  };
  while (reports.length < domains.length) {
    const before = reports.length;
    const some = domains.slice(before, before + MAX_PER_SESSION);
    try {
      const answers = asked({ ...request, domains: some }, manner, deps, signal);
      for await (const { code, ...report } of answers) {
        if (code === LOGIN_WANTED) wantLogin.add(host);
        if (wantLogin.has(host) && manner.protection !== protection) continue; // Asked again with it.
        deps.log.info("Asked for waiting mail", { host, ...report });
        reports.push(report);
      }
      if (wantLogin.has(host)) manner.protection = protection;
    } catch (error) {
      if (!(error instanceof SmtpError)) throw error;
      const wasSentAway = error.fault === "closing" && reports.length > before;
      if (wasSentAway || manner.wasPipelined) {
        deps.log.info("Asking for the rest anew", { host, reason: error.message });
        manner.mayPipeline &&= wasSentAway;
        continue;
      }
      deps.log.warn("Cannot ask for waiting mail", { host, reason: error.message });
      const failed = domains.slice(reports.length);
      reports.push(...failed.map((domain) => ({ domain, ok: false, result: error.message })));
    }
  }
  return reports;
}

/** One session; `manner` is told whether several commands were sent at a time. */
async function* asked(
  request: EtrnRequest,
  manner: Manner,
  deps: EtrnDeps,
  signal: AbortSignal,
): AsyncGenerator<Answer> {
  manner.wasPipelined = false;
  const { host, port, hostname, connectTimeoutMs } = request;
  const target = { host, port, hostname, connectTimeoutMs };
  const client = await openSession(target, manner.protection, deps, signal);
  try {
    // Who does not offer ETRN most likely refuses the first one, which is enough.
    const offers = client.offers("PIPELINING") && client.offers("ETRN");
    manner.wasPipelined = offers && manner.mayPipeline;
    yield* (manner.wasPipelined ? askedAtOnce : askedInTurn)(client, request.domains);
  } finally {
    await client.quit();
  }
}

async function* askedAtOnce(
  client: SmtpClient,
  domains: readonly string[],
): AsyncGenerator<Answer> {
  const { exchange } = client;
  const replies = domains.map((domain) => exchange.ask(command(domain), TIMEOUTS_MS.command));
  const bye = exchange.ask("QUIT", TIMEOUTS_MS.quit); // It may end a group (RFC 2920 section 3.1).
  await exchange.flush();
  for (const [index, reply] of replies.entries()) {
    yield { domain: domains[index] ?? "", ...explain(answered(client, await reply)) };
  }
  await bye.catch(() => {}); // It has hung up first.
  client.close();
}

async function* askedInTurn(
  client: SmtpClient,
  domains: readonly string[],
): AsyncGenerator<Answer> {
  let reply: SmtpReply | undefined;
  for (const domain of domains) {
    // RFC 1985 section 5.2: who does not know ETRN is not asked again.
    if (!isUnknown(reply)) reply = answered(client, await client.command(command(domain)));
    yield { domain, ...explain(reply) };
  }
}

/** A reply, unless it is that the session is over: that is none to what was asked. */
function answered({ exchange }: SmtpClient, reply: SmtpReply): SmtpReply {
  if (reply.code === 421 && exchange.failure !== undefined) throw exchange.failure;
  return reply;
}

function command(domain: string): string {
  const option = domain.startsWith("@") ? "@" : "";
  return `ETRN ${option}${asciiDomain(domain.slice(option.length))}`;
}

function isUnknown(reply: SmtpReply | undefined): reply is SmtpReply {
  return reply?.code === 500 || reply?.code === 502;
}

/** The server wants to know who asks (RFC 4954 section 6). */
const LOGIN_WANTED = 530;

/** What the replies of RFC 1985 section 5.1 mean, and those of other servers. */
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

function explain(reply: SmtpReply): Omit<Answer, "domain"> {
  const meaning = MEANINGS[reply.code];
  const text = replyText(reply);
  return {
    code: reply.code,
    ok: reply.code >= 250 && reply.code <= 253,
    result: meaning === undefined ? text : `${meaning} (${text})`,
  };
}
