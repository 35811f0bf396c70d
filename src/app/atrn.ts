import type { TurnedSession, TurnedSessions } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Queue } from "../domain/queue/mod.ts";
import {
  type Clock,
  type Connection,
  deadline,
  type Log,
  messageOf,
  type Random,
} from "../platform/mod.ts";
import type { AtrnDecision, AtrnHandler, AtrnRequest, CramLogins } from "../servers/smtpd/mod.ts";

/** What ATRN works with. */
export interface AtrnDeps {
  readonly config: () => Pick<Config, "atrnRules" | "smtpd">;
  readonly queue: Pick<Queue, "counts" | "flush" | "suspended" | "waitingFor">;
  readonly turned: TurnedSessions;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
}

/** How long mail that comes in meanwhile is taken along, in ms: as long as any session may take. */
const MAX_SESSION_MS = 24 * 3_600_000;

/** Hands out what waits for the domains of atrn_domain to those who may get it (RFC 2645). */
export function atrnHandler(deps: AtrnDeps): AtrnHandler {
  return {
    get cram() {
      const { atrnRules } = deps.config();
      return atrnRules.some(({ secret }) => secret !== undefined) ? cramLogins(deps) : undefined;
    },
    isOffered: (user) =>
      user === undefined
        ? deps.config().atrnRules.length > 0
        : domainsOf(user, deps.config()).length > 0,
    ask: (request) => decide(request, deps),
  };
}

/** RFC 2195 section 2: a challenge looks like a Message-ID. */
function cramLogins({ config, clock, random }: AtrnDeps): CramLogins {
  const { atrnRules, smtpd: { hostname } } = config();
  return {
    challenge: () => `<${random.bytes(16).toHex()}.${clock.now()}@${hostname}>`,
    secretOf: (user) =>
      atrnRules.find(({ users, secret }) =>
        secret !== undefined && users.includes(user.toLowerCase())
      )?.secret,
  };
}

function decide(request: AtrnRequest, deps: AtrnDeps): AtrnDecision {
  const { config, queue, turned, log } = deps;
  const { user, address } = request;
  const allowed = domainsOf(user, config());
  const domains = request.domains.length === 0 ? allowed : request.domains;
  const about = { user, client: address, domains: domains.join(",") };
  const stranger = domains.find((domain) => !allowed.includes(domain));
  if (stranger !== undefined || domains.length === 0) {
    log.warn("ATRN refused", { ...about, reason: "atrn_domain does not name the user" });
    return {
      kind: "not allowed",
      reason: `${user} does not get the mail for ${stranger ?? "any domain"}`,
    };
  }
  if (queue.suspended) return { kind: "unavailable", reason: "outgoing mail is suspended" };
  const waiting = domains.map((domain) => queue.waitingFor(domain, { below: false, held: false }));
  if (waiting.every((count) => count === 0)) {
    if (queue.counts().isIncomplete) {
      return { kind: "unavailable", reason: "the queue is being read" };
    }
    log.info("ATRN: no mail", about);
    return { kind: "no mail" };
  }
  const session = turned.claim(domains, user);
  if (session === undefined) {
    log.info("ATRN refused", { ...about, reason: "a session for it is open" });
    return { kind: "not allowed", reason: "the mail is on its way over another connection" };
  }
  return {
    kind: "turned",
    send: (connection, signal) => send(session, { connection, domains, about, signal }, deps),
  };
}

function domainsOf(user: string, { atrnRules }: Pick<Config, "atrnRules">): readonly string[] {
  const meant = atrnRules.filter(({ users }) => users.includes(user.toLowerCase()));
  return [...new Set(meant.map(({ domain }) => domain))];
}

/** Sends what waits, and what comes in meanwhile, until nothing is left. Never rejects. */
async function send(
  session: TurnedSession,
  { connection, domains, about, signal }: {
    readonly connection: Connection;
    readonly domains: readonly string[];
    readonly about: Readonly<Record<"user" | "client" | "domains", string>>;
    readonly signal: AbortSignal;
  },
  { config, queue, clock, log }: AtrnDeps,
): Promise<void> {
  const startedMs = clock.monotonic();
  using limit = deadline(clock, MAX_SESSION_MS, signal);
  limit.signal.addEventListener("abort", () => session.end(), { once: true });
  if (signal.aborted) session.end();
  log.info("ATRN begun", about);
  let reason = "";
  try {
    const { hostname } = config().smtpd;
    await session.open(connection, { host: about.user, hostname });
    // All at once: a message for several of them goes down once.
    await queue.flush({ domain: domains, below: false }, session.done);
  } catch (error) {
    reason = messageOf(error);
  }
  await session.close(); // Only now: what is left must find no other way while it may still go.
  const ms = Math.round(clock.monotonic() - startedMs);
  const fields = { ...about, ...session.sent, ms };
  if (reason === "") log.info("ATRN ended", fields);
  else log.warn("ATRN ended early", { ...fields, reason });
}
