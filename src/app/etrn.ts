import type { Queue } from "../domain/queue/mod.ts";
import type { Link } from "../domain/link/mod.ts";
import type { Router } from "../domain/routing/mod.ts";
import type { Log } from "../platform/mod.ts";

/** What ETRN works with. */
export interface EtrnDeps {
  readonly queue: Queue;
  readonly router: Pick<Router, "isLocal">;
  readonly link: Pick<Link, "permanent" | "state">;
  /** Domains whose mail is being sent because of ETRN; this keeps it. */
  readonly underWay: Set<string>;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Answers `ETRN <domain>` (RFC 1985 section 5.3, B9): what waits for the domain is tried now. Anybody
 * may ask (A14), because mail goes only to the domain's own gateway, never to who asked.
 */
export function answerEtrn(
  domain: string,
  { queue, router, link, underWay, log, signal }: EtrnDeps,
): Promise<{ code: number; text: string }> {
  const answer = (code: number, text: string) => Promise.resolve({ code, text });
  if (router.isLocal(`postmaster@${domain}`)) {
    return answer(459, `Node ${domain} not allowed: its mail is kept here`);
  }
  const node = domain.toLowerCase().replace(/^@/, "");
  // RFC 1985 section 5.3: @ means the node and all below it.
  const waiting = queue.waitingFor(node, { below: domain.startsWith("@") });
  if (waiting === 0) return answer(251, `OK, no messages waiting for node ${domain}`);
  if (queue.suspended) {
    return answer(458, `Unable to queue messages for node ${domain}: outgoing mail is suspended`);
  }
  if (!link.permanent && link.state !== "up") {
    return answer(458, `Unable to queue messages for node ${domain}: the line is down`);
  }
  if (!underWay.has(node)) { // A flush takes along what comes in meanwhile.
    underWay.add(node);
    queue.flush({ domain: node }, signal).then(
      ({ delivered, deferred, failed }) =>
        log.info("ETRN done", { domain, delivered, deferred, failed }),
      (error) => log.warn("ETRN broken off", { domain, reason: String(error) }),
    ).finally(() => underWay.delete(node));
  }
  return answer(253, `OK, ${waiting} pending messages for node ${domain} started`);
}
