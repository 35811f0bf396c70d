import type { DeliveryAgent, DeliveryJob, Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { Clock, Endpoint, Log, Net, Random } from "../../platform/mod.ts";
import { ConfusedHosts } from "./confused_hosts.ts";
import { type Mail, MAX_RECIPIENTS } from "./envelope_lines.ts";
import { FailedHosts } from "./failed_hosts.ts";
import { sendMails } from "./mail_flow.ts";
import type { RelayOptions } from "./mod.ts";
import { type Hop, nextHops, type NextHopsDeps, type NoHop } from "./next_hops.ts";
import { openSession } from "./open_session.ts";
import { netTo } from "./proxy.ts";
import type { Resolver } from "./resolver.ts";
import { type Route, routeOf } from "./route.ts";
import type { SmtpClient } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";
import type { MailSession, Pace } from "./transaction.ts";
import { Window } from "./window.ts";

/** What the relay is made of. */
export interface RelayDeps {
  /** Asked anew for each delivery: a reload takes effect at the next. */
  readonly options: () => RelayOptions;
  readonly resolver: Resolver;
  /** Whether this server listens there: mail that leads back to it is not sent. */
  readonly isOwn: (at: Endpoint) => boolean;
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Settle = (job: DeliveryJob, destination: Destination, outcome: Outcome) => Promise<void>;

/** A message for some of its destinations that share a route, few enough for one transaction. */
interface Part extends Mail {
  readonly job: DeliveryJob;
  readonly destinations: readonly Destination[];
}

/** A session, and with whom. */
interface Session extends MailSession {
  readonly hop: Hop;
}

/** What is known of hosts as long as the program runs. */
interface KnownHosts {
  readonly failed: FailedHosts;
  readonly confused: ConfusedHosts;
}

/** Sessions in a row that broke off before anything was answered, until the rest must wait. */
const MAX_VAIN_SESSIONS = 2;

/**
 * Relays over SMTP. A lane is a gateway, or a domain whose mail exchangers are asked for, and a batch
 * shares one connection. The next hop is found anew for each batch.
 */
export function createRelay(deps: RelayDeps): DeliveryAgent {
  const known = { failed: new FailedHosts(deps.clock), confused: new ConfusedHosts(deps.clock) };
  const routeFor = (destination: Destination) => routeOf(addressOf(destination), deps.options());
  return {
    laneOf: (destination) => routeFor(destination).name,
    async deliver(_lane, jobs, settle, signal) {
      // Since they were given their lane another configuration may have come.
      for (const { route, parts } of byRoute(jobs, routeFor)) {
        await new Batch({ deps, known, route, settle, signal }).deliver(parts);
      }
    },
  };
}

/** Divides what is to be sent by where it goes, in order. */
function byRoute(
  jobs: readonly DeliveryJob[],
  routeFor: (destination: Destination) => Route,
): Iterable<{ readonly route: Route; readonly parts: readonly Part[] }> {
  const batches = new Map<string, { readonly route: Route; readonly parts: Part[] }>();
  for (const job of jobs) {
    const routes = new Map<string, Route>();
    const groups = Map.groupBy(job.destinations, (destination) => {
      const route = routeFor(destination);
      routes.set(route.name, route);
      return route.name;
    });
    for (const [name, route] of routes) {
      const batch = batches.get(name) ?? { route, parts: [] };
      batch.parts.push(...partsOf(job, groups.get(name) ?? []));
      batches.set(name, batch);
    }
  }
  return batches.values();
}

function partsOf(job: DeliveryJob, destinations: readonly Destination[]): readonly Part[] {
  const parts: Part[] = [];
  for (let start = 0; start < destinations.length; start += MAX_RECIPIENTS) {
    parts.push(partOf(job, destinations.slice(start, start + MAX_RECIPIENTS)));
  }
  return parts;
}

function partOf(job: DeliveryJob, destinations: readonly Destination[]): Part {
  return {
    ...{ job, destinations, message: job.message },
    addresses: destinations.map(addressOf),
    requests: destinations.map((destination) => job.requestFor(destination)),
  };
}

/** Messages on one route, sent one after the other. */
class Batch {
  readonly #deps: RelayDeps;
  readonly #known: KnownHosts;
  readonly #route: Route;
  readonly #settle: Settle;
  readonly #signal: AbortSignal;
  /** In order. */
  #waiting: Part[] = [];

  constructor({ deps, known, route, settle, signal }: {
    readonly deps: RelayDeps;
    readonly known: KnownHosts;
    readonly route: Route;
    readonly settle: Settle;
    readonly signal: AbortSignal;
  }) {
    this.#deps = deps;
    this.#known = known;
    this.#route = route;
    this.#settle = settle;
    this.#signal = signal;
  }

  async deliver(parts: readonly Part[]): Promise<void> {
    this.#waiting = [...parts];
    for (let vain = 0; this.#isWaiting();) {
      const session = await this.#connect();
      if ("kind" in session) return await this.#settleRest(session);
      vain = await this.#sendOver(session) ? 0 : vain + 1;
      if (vain === MAX_VAIN_SESSIONS && this.#isWaiting()) {
        const reason = `The session with ${session.hop.host} broke off twice in a row`;
        this.#deps.log.warn("Next host failed", { ...session.hop, reason });
        return await this.#settleRest(temporary("4.4.2", reason));
      }
    }
  }

  /** Sends all that waits, or as much as the session lives to see; whether it was of any use. */
  async #sendOver(session: Session): Promise<boolean> {
    const { hop, pace } = session;
    const { answered, failure, left } = await sendMails<Part>(session, {
      next: () => this.#isWaiting() ? this.#waiting.shift() : undefined,
      settle: (part, outcomes) => this.#settleAll(part, (index) => outcomes[index]),
    });
    if (!answered) this.#known.failed.add(hop);
    if (pace !== "step") {
      this.#known.confused.note(hop, { answered, failure });
      if (failure?.fault === "confused") {
        const reason = `${failure.message}; one command at a time from now on`;
        this.#deps.log.warn("Confused by pipelining", { ...hop, reason });
      }
    }
    const again: Part[] = [];
    for (const { mail, outcomes } of left) {
      await this.#settleAll(mail, (index) => outcomes[index]);
      again.push(partOf(mail.job, mail.destinations.filter((_, index) => !outcomes[index])));
    }
    this.#waiting.unshift(...again);
    return answered;
  }

  /** Whether there is something to be sent. What was withdrawn meanwhile goes back as it is. */
  #isWaiting(): boolean {
    while (this.#waiting[0]?.job.withdrawn) this.#waiting.shift();
    return this.#waiting.length > 0;
  }

  /** Opens a session with the first host that will have one; or says why there is none. */
  async #connect(): Promise<Session | NoHop> {
    const hops = nextHops(this.#route, this.#hopDeps(), this.#signal);
    const failures: SmtpError[] = [];
    let next = await hops.next();
    for (; !next.done; next = await hops.next()) {
      try {
        return this.#sessionOf(await this.#open(next.value), next.value);
      } catch (error) {
        if (!(error instanceof SmtpError)) throw error;
        this.#deps.log.warn("Next host failed", { ...next.value, reason: error.message });
        this.#known.failed.add(next.value);
        failures.push(error);
        // The password is no better at another address, and too many attempts lock an account.
        if (error.fault === "login") break;
      }
    }
    const [first, ...others] = failures;
    if (first !== undefined) {
      const more = others.length === 0 ? "" : `, and ${others.length} more that failed`;
      return temporary(first.status, first.message + more);
    }
    if (!next.done) throw new TypeError("A hop that was not tried");
    const { kind, status, reason } = next.value;
    this.#deps.log.warn("No next host", { to: this.#route.name, kind, status, reason });
    return next.value;
  }

  #sessionOf(client: SmtpClient, hop: Hop): Session {
    const pace: Pace = !client.offers("PIPELINING") || this.#known.confused.has(hop)
      ? "step"
      : client.offers("CHUNKING")
      ? "stream"
      : "group";
    const window = new Window(this.#deps.clock);
    return { client, hop, host: hop.host, pace, window, resetFirst: false };
  }

  async #open(hop: Hop): Promise<SmtpClient> {
    const { clock, log, net, options } = this.#deps;
    const { hostname, connectTimeoutMs } = options();
    const startedMs = clock.monotonic();
    const { host, port } = hop;
    const client = await openSession(
      { host, port, hostname, connectTimeoutMs },
      this.#route.protection,
      { clock, log, net: netTo(hop, this.#route.proxy, net) },
      this.#signal,
    );
    this.#known.failed.delete(hop);
    const ms = Math.round(clock.monotonic() - startedMs);
    log.debug("Connected", { ...hop, encrypted: client.isEncrypted, ms });
    return client;
  }

  #hopDeps(): NextHopsDeps {
    const { options, resolver, random, isOwn } = this.#deps;
    const { nameServer, ownNames } = options();
    return {
      ...{ resolver, random, isOwn },
      failed: this.#known.failed,
      looksUpGateways: nameServer !== undefined,
      isOwnName: (host) => ownNames.some((name) => asciiDomain(name) === host),
    };
  }

  async #settleRest(outcome: Outcome): Promise<void> {
    for (; this.#isWaiting(); this.#waiting.shift()) {
      const [part] = this.#waiting;
      if (part !== undefined) await this.#settleAll(part, () => outcome);
    }
  }

  /** All whose outcome is known, at once: the queue makes them durable with one write. */
  async #settleAll(
    { job, destinations }: Part,
    outcomeOf: (index: number) => Outcome | undefined,
  ): Promise<void> {
    await Promise.all(destinations.map(async (destination, index) => {
      const outcome = outcomeOf(index);
      if (outcome !== undefined) await this.#settle(job, destination, outcome);
    }));
  }
}

function temporary(status: string, reason: string): NoHop {
  return { kind: "temporary", status, reason };
}

function addressOf(destination: Destination): string {
  if (destination.kind !== "relay") throw new TypeError(`Not for the world: ${destination.kind}`);
  return destination.address;
}
