import { splitAddress } from "../../formats/address.ts";
import type { RelayOptions } from "./mod.ts";
import { type Route, routeOf } from "./route.ts";

/** Most domains whose routes are remembered; then all are forgotten. */
const MAX_DOMAINS = 1000;

/** Routes that were worked out before: each message asks for the same one several times. */
export class KnownRoutes {
  readonly #options: () => RelayOptions;
  readonly #routes = new Map<string, Route>();
  /** Those that the routes were made with. */
  #madeWith: RelayOptions | undefined;

  constructor(options: () => RelayOptions) {
    this.#options = options;
  }

  /** The route for mail to `address`, as the configuration of now says. */
  of(address: string): Route {
    const options = this.#options();
    if (options !== this.#madeWith || this.#routes.size >= MAX_DOMAINS) this.#routes.clear();
    this.#madeWith = options;
    const { domain } = splitAddress(address);
    const route = this.#routes.get(domain) ?? routeOf(address, options);
    this.#routes.set(domain, route);
    return route;
  }
}
