import { sendEtrn } from "../agents/relay/mod.ts";
import {
  type Clock,
  deadline,
  type Endpoint,
  forgetOldest,
  type Log,
  type Net,
} from "../platform/mod.ts";
import { isUp, type LineState, whileUp } from "./while_up.ts";

/** How long one server of the farm may take for everything, in ms: it is near. */
const TALK_MS = 15_000;
const CONNECT_MS = 5_000;

/** How long a domain is not passed on again, in ms; longer than a circle of servers takes to close. */
const REMEMBER_MS = 60_000;

/** Domains that are remembered, and that wait for one server. */
const MAX_NODES = 1_000;

/** A server of the farm that is being asked, or is to be. */
interface Member {
  readonly at: Endpoint;
  /** What it has not been asked yet, as ETRN writes it. */
  readonly nodes: Set<string>;
}

/** What an {@linkcode EtrnFarm} works with. */
export interface EtrnFarmDeps {
  /** The other servers (etrn_relay), as the configuration is now. */
  readonly members: () => readonly Endpoint[];
  /** Our name in EHLO. */
  readonly hostname: () => string;
  /** Whether an endpoint is one of this server itself: all of a farm may share one configuration. */
  readonly isOwn: (at: Endpoint) => boolean;
  readonly link: LineState;
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

/**
 * Passes ETRN on to the other servers of a farm (etrn_relay, S22), in the background: the mail of a
 * domain may wait with any of them. A domain is passed on once a minute at most, so that servers that
 * pass on to each other come to an end; a server that is dead costs a connection attempt at a time.
 */
export class EtrnFarm {
  readonly #deps: EtrnFarmDeps;
  /** `clock.monotonic()` when each was passed on; the oldest first. */
  readonly #passed = new Map<string, number>();
  /** Those that are being asked. */
  readonly #asked = new Map<string, Member & { readonly done: Promise<void> }>();

  constructor(deps: EtrnFarmDeps) {
    this.#deps = deps;
  }

  /** Passes it on, or has lately; false if there is no other server. */
  pass(node: string): boolean {
    const { clock, members, isOwn } = this.#deps;
    const others = members().filter((at) => !isOwn(at));
    if (others.length === 0) return false;
    const nowMs = clock.monotonic();
    if (nowMs - (this.#passed.get(node) ?? -Infinity) < REMEMBER_MS) return true;
    this.#passed.delete(node);
    this.#passed.set(node, nowMs);
    forgetOldest(this.#passed, MAX_NODES);
    for (const at of others) this.#ask(at, node);
    return true;
  }

  /** Resolves when nobody is being asked any more. */
  async ended(): Promise<void> {
    await Promise.all([...this.#asked.values()].map(({ done }) => done));
  }

  #ask(at: Endpoint, node: string): void {
    const key = `${at.host} ${at.port}`;
    const asked = this.#asked.get(key);
    if (asked !== undefined) {
      if (asked.nodes.size < MAX_NODES) asked.nodes.add(node);
      return;
    }
    const nodes = new Set([node]);
    const done = this.#work({ at, nodes }).finally(() => this.#asked.delete(key));
    this.#asked.set(key, { at, nodes, done });
  }

  async #work({ at, nodes }: Member): Promise<void> {
    const { link, signal } = this.#deps;
    while (nodes.size > 0 && !signal.aborted && isUp(link)) {
      const domains = [...nodes];
      nodes.clear();
      await this.#talk(at, domains);
    }
  }

  async #talk(at: Endpoint, domains: readonly string[]): Promise<void> {
    const { hostname, link, net, clock, log, signal } = this.#deps;
    using line = whileUp(link, signal);
    using limit = deadline(clock, TALK_MS, line.signal);
    try {
      const request = { ...at, hostname: hostname(), connectTimeoutMs: CONNECT_MS, domains };
      await sendEtrn(request, { net, clock, log }, limit.signal);
    } catch (error) {
      log.warn("ETRN was not passed on", { host: at.host, reason: String(error) });
    }
  }
}
