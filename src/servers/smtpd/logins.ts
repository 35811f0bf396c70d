import { type Accounts, nameForLog, rejectedLogin } from "../../domain/accounts/mod.ts";
import { LoginThrottle } from "../../domain/guard/mod.ts";
import { type Clock, hmacMd5, type Log } from "../../platform/mod.ts";
import type { CramResponse } from "./auth_exchange.ts";
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

/** Checks passwords for AUTH (RFC 4954); each wrong one of an address is answered later than the last. */
export class Logins {
  readonly #options: LoginsOptions;
  readonly #throttle: LoginThrottle;

  constructor(options: LoginsOptions) {
    this.#options = options;
    this.#throttle = new LoginThrottle(options.clock);
  }

  /** @throws The abort reason, if the server stops while a wrong password waits for its answer. */
  async check(
    { user, password }: Credentials,
    client: Client,
    signal: AbortSignal,
  ): Promise<LoginResult> {
    const { accounts, log } = this.#options;
    const about = { user: nameForLog(user), client: client.address };
    const result = await accounts.check(user, password, client.address, client.localAddress);
    switch (result.kind) {
      case "accepted":
        return this.#accepted(result.account.user, about, client);
      case "rejected":
        return await this.#rejected({ user, password }, client, signal);
      case "unavailable":
        log.warn("Cannot check a password", { ...about, reason: result.reason });
        return { kind: "refused", reply: replies.cannotCheck };
    }
  }

  /**
   * Checks a response to a challenge of CRAM-MD5.
   *
   * @param secret `undefined` for one who has none: he is told the same as for a wrong one.
   * @throws The abort reason, as {@linkcode check} does.
   */
  async checkDigest(
    { user, challenge, digest }: CramResponse,
    { secret, client }: { readonly secret: string | undefined; readonly client: Client },
    signal: AbortSignal,
  ): Promise<LoginResult> {
    if (secret !== undefined && isSame(hmacMd5(secret, challenge), digest)) {
      return this.#accepted(user.toLowerCase(), { client: client.address }, client);
    }
    return await this.#rejected({ user, password: digest }, client, signal);
  }

  #accepted(
    user: string,
    about: Readonly<Record<string, string>>,
    { address }: Client,
  ): LoginResult {
    this.#throttle.succeeded(address);
    this.#options.log.info("Logged in", { ...about, user });
    return { kind: "accepted", user };
  }

  async #rejected(
    credentials: Credentials,
    client: Client,
    signal: AbortSignal,
  ): Promise<LoginResult> {
    this.#options.log.info(rejectedLogin(credentials.user), { client: client.address });
    this.#options.onWrongPassword(credentials, client);
    await this.#throttle.failed(client.address, signal);
    return { kind: "refused", reply: replies.wrongPassword };
  }
}

/** Takes as long whatever differs. */
function isSame(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
