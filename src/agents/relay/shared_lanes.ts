import { forgetOldest, orAborted } from "../../platform/mod.ts";
import { exchangerSet } from "./mail_exchangers.ts";
import type { Resolver } from "./resolver.ts";
import type { Route } from "./route.ts";

/** Most domains of which it is remembered; the oldest makes room. */
const MAX_DOMAINS = 10_000;

/** Most questions that are asked at a time. */
const MAX_QUESTIONS = 20;

/** What {@linkcode SharedLanes} are made of. */
export interface SharedLanesDeps {
  readonly resolver: Pick<Resolver, "mailExchangers">;
  /** Whether this server is called by a name in DNS. */
  readonly isOwnName: (host: string) => boolean;
}

/**
 * Which domains have the same mail exchangers. Their mail shares a lane, and so a connection, and a
 * message for several of them goes there once. A domain of which nothing is known, or that leads back
 * to this server, has a lane of its own.
 */
export class SharedLanes {
  readonly #deps: SharedLanesDeps;
  /** The exchangers of a domain, as they were last; oldest first. */
  readonly #known = new Map<string, string>();
  /** Questions under way, by domain. */
  readonly #asking = new Map<string, Promise<void>>();
  /** Those that wait until they may ask, in order. */
  readonly #line = new Set<() => void>();

  constructor(deps: SharedLanesDeps) {
    this.#deps = deps;
  }

  /** The lane of a route, as far as it is known. */
  of(route: Route): string {
    const exchangers = isByExchanger(route) ? this.#known.get(route.domain) : undefined;
    // By the same proxy, and protected in the same way.
    return exchangers === undefined
      ? route.name
      : exchangers + route.name.slice(route.domain.length);
  }

  /**
   * Asks for the exchangers anew, which costs nothing while the answer holds; `undefined` if a route
   * needs none.
   *
   * @throws The abort reason.
   */
  find(route: Route, signal: AbortSignal): Promise<string> | undefined {
    return isByExchanger(route) ? this.#find(route, signal) : undefined;
  }

  async #find(route: Route, signal: AbortSignal): Promise<string> {
    const { domain } = route;
    while (this.#asking.size >= MAX_QUESTIONS && !this.#asking.has(domain)) {
      await this.#waitForPlace(signal);
    }
    const known = this.#asking.get(domain);
    if (known !== undefined) this.#callNext(); // It needs no place.
    await orAborted(known ?? this.#ask(domain, signal), signal);
    return this.of(route);
  }

  /** One after the other: thousands that look whenever there is an answer would do nothing else. */
  async #waitForPlace(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#line.add(resolve);
    try {
      await orAborted(promise, signal);
    } catch (reason) {
      if (!this.#line.delete(resolve)) this.#callNext(); // It was called, and has no use for it.
      throw reason;
    }
  }

  #callNext(): void {
    const [next] = this.#line;
    if (next === undefined || this.#asking.size >= MAX_QUESTIONS) return;
    this.#line.delete(next);
    next();
  }

  /** Never rejects. Who else waits for the answer goes without when it is not waited for any more. */
  #ask(domain: string, signal: AbortSignal): Promise<void> {
    const asking = this.#lookUp(domain, signal)
      .then((exchangers) => this.#note(domain, exchangers), () => this.#note(domain, undefined))
      .finally(() => {
        this.#asking.delete(domain);
        this.#callNext();
      });
    this.#asking.set(domain, asking);
    return asking;
  }

  async #lookUp(domain: string, signal: AbortSignal): Promise<string | undefined> {
    const found = await this.#deps.resolver.mailExchangers(domain, signal);
    return found.kind === "found" ? exchangerSet(found.records, this.#deps.isOwnName) : undefined;
  }

  #note(domain: string, exchangers: string | undefined): void {
    this.#known.delete(domain);
    if (exchangers === undefined) return;
    this.#known.set(domain, exchangers);
    forgetOldest(this.#known, MAX_DOMAINS);
  }
}

/** Whether mail goes to whom DNS names. */
function isByExchanger({ gateway, literal }: Route): boolean {
  return gateway === undefined && literal === undefined;
}
