import type { Accounts } from "../../domain/accounts/mod.ts";
import { sourceOf } from "../../domain/guard/mod.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import type { LoginResult } from "./host.ts";
import { type Client, replies } from "./replies.ts";

/** What a client says of itself. */
interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** What AUTH needs. */
export interface LoginsOptions {
  readonly accounts: Pick<Accounts, "check">;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each wrong password. */
  readonly onWrongPassword: (credentials: Credentials, client: Client) => void;
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 16_000;

/** An address that has been quiet for so long starts anew. */
const FORGET_AFTER_MS = 10 * 60_000;

/** Addresses remembered at a time; the one that failed longest ago makes room. */
const MAX_ADDRESSES = 1000;

/** Checks passwords for AUTH (RFC 4954); each wrong one of an address is answered later than the last. */
export class Logins {
  readonly #options: LoginsOptions;
  /** By source, the one that failed longest ago first. */
  readonly #failures = new Map<string, { readonly count: number; readonly atMs: number }>();

  constructor(options: LoginsOptions) {
    this.#options = options;
  }

  /** @throws The abort reason, if the server stops while a wrong password waits for its answer. */
  async check(
    { user, password }: Credentials,
    client: Client,
    signal: AbortSignal,
  ): Promise<LoginResult> {
    const { accounts, log } = this.#options;
    const about = { user: printable(user), from: client.address };
    const result = await accounts.check(user, password, client.address, client.localAddress);
    switch (result.kind) {
      case "accepted":
        this.#failures.delete(sourceOf(client.address));
        log.info("Logged in to send", { ...about, user: result.account.user });
        return { kind: "accepted", user: result.account.user };
      case "rejected":
        log.info(rejection(about.user), { from: client.address });
        this.#options.onWrongPassword({ user, password }, client);
        await this.#options.clock.sleep(this.#delayMs(client.address), signal);
        return { kind: "refused", reply: replies.wrongPassword };
      case "unavailable":
        log.warn("Cannot check a password", { ...about, reason: result.reason });
        return { kind: "refused", reply: replies.cannotCheck };
    }
  }

  /** How long the answer to a wrong password waits; each doubles the next. */
  #delayMs(address: string): number {
    const source = sourceOf(address);
    const nowMs = this.#options.clock.monotonic();
    const before = this.#failures.get(source);
    const count = before && nowMs - before.atMs < FORGET_AFTER_MS ? before.count + 1 : 1;
    this.#failures.delete(source);
    this.#failures.set(source, { count, atMs: nowMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
    return Math.min(FIRST_DELAY_MS * 2 ** (count - 1), MAX_DELAY_MS);
  }
}

/** The line that administrators search the log for (B29), the same as DPOP's. */
function rejection(name: string): string {
  return `Rejected ${name}, authent said ${name} password wrong or not a valid user`;
}

/** A name from the network must not write lines of its own into the log. */
function printable(user: string): string {
  return user.replaceAll(/\p{C}/gu, "?").slice(0, 200);
}
