import type { DeliveryAgent, DeliveryJob, Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { Clock, Endpoint, Log, Net, Random } from "../../platform/mod.ts";
import { FailedHosts } from "./failed_hosts.ts";
import type { RelayOptions } from "./mod.ts";
import { type Hop, nextHops, type NextHopsDeps, type NoHop } from "./next_hops.ts";
import { netTo } from "./proxy.ts";
import type { Resolver } from "./resolver.ts";
import { type Route, routeOf } from "./route.ts";
import { SmtpClient, SmtpError } from "./smtp_client.ts";
import { MAX_RECIPIENTS, sendMail } from "./transaction.ts";

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

/** A message for those of its destinations that share a route. */
interface Part {
  readonly job: DeliveryJob;
  readonly destinations: readonly Destination[];
}

/** A session, and with whom. */
interface Session {
  readonly client: SmtpClient;
  readonly hop: Hop;
}

/** Sessions in a row that broke off before anything was answered, until the rest must wait. */
const MAX_VAIN_SESSIONS = 2;

/**
 * Relays over SMTP. A lane is a gateway, or a domain whose mail exchangers are asked for, and a batch
 * shares one connection. The next hop is found anew for each batch.
 */
export function createRelay(deps: RelayDeps): DeliveryAgent {
  const failed = new FailedHosts(deps.clock);
  const routeFor = (destination: Destination) => routeOf(addressOf(destination), deps.options());
  return {
    laneOf: (destination) => routeFor(destination).name,
    async deliver(_lane, jobs, settle, signal) {
      // Since they were given their lane another configuration may have come.
      for (const { route, parts } of byRoute(jobs, routeFor)) {
        await new Batch({ deps, failed, route, settle, signal }).deliver(parts);
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
      batch.parts.push({ job, destinations: groups.get(name) ?? [] });
      batches.set(name, batch);
    }
  }
  return batches.values();
}

/** Messages on one route, sent one after the other. */
class Batch {
  readonly #deps: RelayDeps;
  readonly #failed: FailedHosts;
  readonly #route: Route;
  readonly #settle: Settle;
  readonly #signal: AbortSignal;

  constructor({ deps, failed, route, settle, signal }: {
    readonly deps: RelayDeps;
    readonly failed: FailedHosts;
    readonly route: Route;
    readonly settle: Settle;
    readonly signal: AbortSignal;
  }) {
    this.#deps = deps;
    this.#failed = failed;
    this.#route = route;
    this.#settle = settle;
    this.#signal = signal;
  }

  async deliver(parts: readonly Part[]): Promise<void> {
    let session: Session | undefined;
    let vain = 0;
    try {
      for (const [index, part] of parts.entries()) {
        if (part.job.withdrawn) continue;
        if (!session?.client.isOpen) {
          const opened = await this.#connect();
          if ("kind" in opened) return await this.#settleRest(parts.slice(index), opened);
          session = opened;
        }
        const answered = await this.#send(session, part);
        if (!answered) this.#failed.add(session.hop);
        vain = answered ? 0 : vain + 1;
        if (vain === MAX_VAIN_SESSIONS) {
          const reason = `The session with ${session.hop.host} broke off twice in a row`;
          this.#deps.log.warn("Next host failed", { ...session.hop, reason });
          return await this.#settleRest(parts.slice(index + 1), temporary("4.4.2", reason));
        }
      }
    } finally {
      await session?.client.quit();
    }
  }

  /** Opens a session with the first host that will have one; or says why there is none. */
  async #connect(): Promise<Session | NoHop> {
    const hops = nextHops(this.#route, this.#hopDeps(), this.#signal);
    const failures: SmtpError[] = [];
    let next = await hops.next();
    for (; !next.done; next = await hops.next()) {
      try {
        return { client: await this.#open(next.value), hop: next.value };
      } catch (error) {
        if (!(error instanceof SmtpError)) throw error;
        this.#deps.log.warn("Next host failed", { ...next.value, reason: error.message });
        this.#failed.add(next.value);
        failures.push(error);
      }
    }
    const [first, ...others] = failures;
    if (first === undefined) {
      const { kind, status, reason } = next.value;
      this.#deps.log.warn("No next host", { to: this.#route.name, kind, status, reason });
      return next.value;
    }
    const more = others.length === 0 ? "" : `, and ${others.length} more that failed`;
    return temporary(first.status, first.message + more);
  }

  async #open(hop: Hop): Promise<SmtpClient> {
    const { clock, log, net, options } = this.#deps;
    const { hostname, connectTimeoutMs } = options();
    const startedMs = clock.monotonic();
    const { host, port } = hop;
    const client = await SmtpClient.connect(
      { host, port, hostname, connectTimeoutMs },
      { clock, net: netTo(hop, this.#route.proxy, net) },
      this.#signal,
    );
    this.#failed.delete(hop);
    log.debug("Connected", { ...hop, ms: Math.round(clock.monotonic() - startedMs) });
    return client;
  }

  #hopDeps(): NextHopsDeps {
    const { options, resolver, random, isOwn } = this.#deps;
    const { nameServer, ownNames } = options();
    return {
      ...{ resolver, random, isOwn },
      failed: this.#failed,
      looksUpGateways: nameServer !== undefined,
      isOwnName: (host) => ownNames.some((name) => asciiDomain(name) === host),
    };
  }

  /** Sends one message to all it is for; whether the server said anything to the point. */
  async #send({ client, hop }: Session, { job, destinations }: Part): Promise<boolean> {
    let answered = false;
    for (let start = 0; start < destinations.length; start += MAX_RECIPIENTS) {
      const some = destinations.slice(start, start + MAX_RECIPIENTS);
      const mail = { message: job.message, addresses: some.map(addressOf), host: hop.host };
      const outcomes = await sendMail(client, mail);
      let next = 0;
      await this.#settleAll({ job, destinations: some }, () => outcomes[next++] ?? INTERRUPTED);
      answered ||= outcomes.some(({ kind }) => kind !== "temporary");
    }
    return client.isOpen || answered;
  }

  async #settleRest(parts: readonly Part[], outcome: Outcome): Promise<void> {
    for (const part of parts) {
      // What was held or suspended meanwhile has not failed: it goes back as it is.
      if (!part.job.withdrawn) await this.#settleAll(part, () => outcome);
    }
  }

  /** All at once: the queue makes them durable with one write. */
  async #settleAll({ job, destinations }: Part, outcomeOf: () => Outcome): Promise<void> {
    await Promise.all(
      destinations.map((destination) => this.#settle(job, destination, outcomeOf())),
    );
  }
}

const INTERRUPTED = temporary("4.4.2", "The session ended before there was an answer");

function temporary(status: string, reason: string): NoHop {
  return { kind: "temporary", status, reason };
}

function addressOf(destination: Destination): string {
  if (destination.kind !== "relay") throw new TypeError(`Not for the world: ${destination.kind}`);
  return destination.address;
}
