import type { DeliveryAgent, Outcome, Settle } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { Clock, Endpoint, Log, Net, Random } from "../../platform/mod.ts";
import { ConfusedHosts } from "./confused_hosts.ts";
import { FailedHosts } from "./failed_hosts.ts";
import { addressOf, Intake, type Part, partOf } from "./intake.ts";
import { KnownRoutes } from "./known_routes.ts";
import { sendMails } from "./mail_flow.ts";
import type { RelayOptions } from "./mod.ts";
import { type Hop, nextHops, type NextHopsDeps, type NoHop } from "./next_hops.ts";
import { openSession } from "./open_session.ts";
import { netTo } from "./proxy.ts";
import type { Resolver } from "./resolver.ts";
import type { Route } from "./route.ts";
import { SharedLanes } from "./shared_lanes.ts";
import type { SmtpClient } from "./smtp_client.ts";
import { SmtpError } from "./smtp_error.ts";
import { type MailSession, paceOf } from "./transaction.ts";
import { deliverTurned } from "./turned_delivery.ts";
import type { TurnedSessions } from "./turned_sessions.ts";
import { Window } from "./window.ts";

/** What the relay is made of. */
export interface RelayDeps {
  /** Asked anew for each delivery: a reload takes effect at the next. */
  readonly options: () => RelayOptions;
  readonly resolver: Resolver;
  /** Whether this server listens there: mail that leads back to it is not sent. */
  readonly isOwn: (at: Endpoint) => boolean;
  /** Whether mail for a domain waits here until somebody asks for it; it is never given back unsent. */
  readonly isParked?: (domain: string) => boolean;
  /** Whether it waits for a connection that is turned round and goes no other way. */
  readonly waitsForAtrn?: (domain: string) => boolean;
  /** Connections that were turned round: they come before all other routes. */
  readonly turned?: TurnedSessions;
  readonly net: Net;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A session, and with whom. */
interface Session extends MailSession {
  readonly hop: Hop;
}

/** What is known of hosts as long as the program runs. */
interface KnownHosts {
  readonly failed: FailedHosts;
  readonly confused: ConfusedHosts;
  /** Lanes whose last session was a stream. */
  readonly streaming: Set<string>;
}

/** Most lanes of which that is known. */
const MAX_STREAMING = 1000;

/** Sessions in a row that broke off before anything was answered, until the rest must wait. */
const MAX_VAIN_SESSIONS = 2;

/**
 * Relays over SMTP. A lane is a gateway, or the mail exchangers of a domain; what is sent in one turn
 * shares one connection. The next hop is found anew for each.
 */
export function createRelay(deps: RelayDeps): DeliveryAgent {
  const known: KnownHosts = {
    failed: new FailedHosts(deps.clock),
    confused: new ConfusedHosts(deps.clock),
    streaming: new Set(),
  };
  const routes = new KnownRoutes(deps.options);
  const routeFor = (destination: Destination) => routes.of(addressOf(destination));
  const isOwnName = (host: string) =>
    deps.options().ownNames.some((name) => asciiDomain(name) === host);
  const lanes = new SharedLanes({ resolver: deps.resolver, isOwnName });
  const turnedLaneOf = (destination: Destination) => deps.turned?.laneOf(addressOf(destination));
  const laneOf = (destination: Destination) =>
    turnedLaneOf(destination) ?? lanes.of(routeFor(destination));
  return {
    laneOf,
    findLane: (destination, signal) =>
      turnedLaneOf(destination) === undefined
        ? lanes.find(routeFor(destination), signal)
        : undefined,
    // A connection that was turned round is the only one there is. And one stream fills the line.
    isWide: (lane) => deps.turned?.of(lane) === undefined && !known.streaming.has(lane),
    async deliver(_lane, jobs, settle, signal) {
      const intake = new Intake(jobs, laneOf);
      const batch = { deps, known, isOwnName, routeFor, intake, settle, signal };
      for (let { lane } = intake; lane !== undefined; { lane } = intake) {
        const session = deps.turned?.of(lane);
        if (session === undefined) await new Batch({ ...batch, lane }).deliver();
        else await deliverTurned({ session, intake, laneOf, settle: settleWith(settle) }, signal);
      }
    },
  };
}

/** What a {@linkcode Batch} is made of. */
interface BatchOptions {
  readonly deps: RelayDeps;
  readonly known: KnownHosts;
  readonly isOwnName: (host: string) => boolean;
  readonly routeFor: (destination: Destination) => Route;
  readonly lane: string;
  readonly intake: Intake;
  readonly settle: Settle;
  readonly signal: AbortSignal;
}

/** Messages in one lane, sent one after the other. */
class Batch {
  readonly #deps: RelayDeps;
  readonly #known: KnownHosts;
  readonly #signal: AbortSignal;
  readonly #options: BatchOptions;
  /** The route for which that was said last. */
  #leadsNowhere = "";

  constructor(options: BatchOptions) {
    this.#deps = options.deps;
    this.#known = options.known;
    this.#signal = options.signal;
    this.#options = options;
  }

  async deliver(): Promise<void> {
    const { intake, lane, routeFor } = this.#options;
    for (let vain = 0, part = intake.peek(lane); part !== undefined; part = intake.peek(lane)) {
      const [destination] = part.destinations;
      if (destination === undefined) throw new TypeError("A part without a destination");
      const route = routeFor(destination);
      if (this.#deps.waitsForAtrn?.(route.domain)) {
        await this.#refuse(route, NO_SESSION);
        continue;
      }
      const session = await this.#connect(route);
      if ("kind" in session) {
        if (session.kind === "temporary") return await this.#giveUp(session);
        await this.#refuse(route, this.#unlessParked(route, session));
        continue;
      }
      vain = await this.#sendOver(session) ? 0 : vain + 1;
      if (vain === MAX_VAIN_SESSIONS && intake.peek(lane) !== undefined) {
        const reason = `The session with ${session.hop.host} broke off twice in a row`;
        this.#deps.log.warn("Next host failed", { ...session.hop, reason });
        return await this.#giveUp(hostFailed("4.4.2", reason));
      }
    }
  }

  /** Sends all that waits, or as much as the session lives to see; whether it was of any use. */
  async #sendOver(session: Session): Promise<boolean> {
    const { hop, pace } = session;
    const { intake, lane } = this.#options;
    const { answered, failure, left } = await sendMails<Part>(session, {
      next: () => intake.next(lane),
      coming: () => intake.coming(),
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
    intake.putBack(lane, again);
    return answered;
  }

  /** Opens a session with the first host that will have one; or says why there is none. */
  async #connect(route: Route): Promise<Session | NoHop> {
    const hops = nextHops(route, this.#hopDeps(), this.#signal);
    const failures: SmtpError[] = [];
    let next = await hops.next();
    for (; !next.done; next = await hops.next()) {
      try {
        return this.#sessionOf(await this.#open(route, next.value), next.value);
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
      return hostFailed(first.status, first.message + more);
    }
    if (!next.done) throw new TypeError("A hop that was not tried");
    const { kind, status, reason } = next.value;
    if (route.name !== this.#leadsNowhere) {
      this.#deps.log.warn("No next host", { to: route.name, kind, status, reason });
    }
    this.#leadsNowhere = route.name;
    return kind === "temporary" ? hostFailed(status, reason) : next.value;
  }

  #sessionOf(client: SmtpClient, hop: Hop): Session {
    const pace = this.#known.confused.has(hop) ? "step" : paceOf(client);
    this.#noteStream(pace === "stream");
    const window = new Window(this.#deps.clock);
    return { client, hop, host: hop.host, pace, window, resetFirst: false };
  }

  #noteStream(isStream: boolean): void {
    const { known: { streaming }, lane } = this.#options;
    if (streaming.size >= MAX_STREAMING) streaming.clear();
    if (isStream) streaming.add(lane);
    else streaming.delete(lane);
  }

  async #open(route: Route, hop: Hop): Promise<SmtpClient> {
    const { clock, log, net, options } = this.#deps;
    const { hostname, connectTimeoutMs } = options();
    const startedMs = clock.monotonic();
    const { host, port } = hop;
    const client = await openSession(
      { host, port, hostname, connectTimeoutMs },
      route.protection,
      { clock, log, net: netTo(hop, route.proxy, net) },
      this.#signal,
    );
    this.#known.failed.delete(hop);
    const ms = Math.round(clock.monotonic() - startedMs);
    log.debug("Connected", { ...hop, encrypted: client.isEncrypted, ms });
    return client;
  }

  #hopDeps(): NextHopsDeps {
    const { options, resolver, random, isOwn } = this.#deps;
    const { nameServer } = options();
    return {
      ...{ resolver, random, isOwn },
      failed: this.#known.failed,
      looksUpGateways: nameServer !== undefined,
      isOwnName: this.#options.isOwnName,
    };
  }

  /** No host can be talked to: what is in hand has failed for now, and the rest was not tried. */
  async #giveUp(outcome: Outcome): Promise<void> {
    const { intake, lane } = this.#options;
    intake.close();
    for (const part of intake.held(lane)) await this.#settleAll(part, () => outcome);
  }

  /**
   * What DNS says of a domain whose mail is parked is no verdict on the mail: its exchanger may well be
   * this server, or it is known here alone.
   */
  #unlessParked({ domain }: Route, outcome: NoHop): NoHop {
    if (this.#deps.isParked?.(domain) !== true) return outcome;
    const reason = `${outcome.reason}; without a gateway line its mail cannot be sent`;
    return { kind: "temporary", status: outcome.status.replace(/^5/, "4"), reason };
  }

  /** Settles what goes to a domain that takes no mail. Others with the same hosts speak for themselves. */
  async #refuse({ domain }: Route, outcome: Outcome): Promise<void> {
    const { intake, lane, routeFor } = this.#options;
    const part = intake.next(lane);
    if (part === undefined) return;
    const { job, destinations } = part;
    const isMeant = (one: Destination) => routeFor(one).domain === domain;
    const others = destinations.filter((one) => !isMeant(one));
    if (others.length > 0) intake.putBack(lane, [partOf(job, others)]);
    await this.#settleAll(partOf(job, destinations.filter(isMeant)), () => outcome);
  }

  /** All whose outcome is known, at once: the queue makes them durable with one write. */
  async #settleAll(
    { job, destinations }: Part,
    outcomeOf: (index: number) => Outcome | undefined,
  ): Promise<void> {
    const outcomes = destinations.map((_, index) => outcomeOf(index));
    await settleWith(this.#options.settle)({ job, destinations }, outcomes);
  }
}

/** Settles those destinations of a part whose outcome is known. */
function settleWith(settle: Settle) {
  return async (
    { job, destinations }: Pick<Part, "job" | "destinations">,
    outcomes: readonly (Outcome | undefined)[],
  ): Promise<void> => {
    await Promise.all(destinations.map(async (destination, index) => {
      const outcome = outcomes[index];
      if (outcome !== undefined) await settle(job, destination, outcome);
    }));
  };
}

/** The gateway of all other mail would send it back to us, or to its sender. */
const NO_SESSION: NoHop = {
  kind: "temporary",
  status: "4.4.1",
  reason: "It waits until somebody asks for it by ATRN, and has no gateway line",
};

/** It says nothing of the message: others for the same hosts need not try. */
function hostFailed(status: string, reason: string): NoHop {
  return { kind: "temporary", status, reason, hostFailed: true };
}
