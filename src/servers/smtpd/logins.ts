import { type Accounts, nameForLog, rejectedLogin } from "../../domain/accounts/mod.ts";
import { LoginThrottle } from "../../domain/guard/mod.ts";
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
        this.#throttle.succeeded(client.address);
        log.info("Logged in to send", { ...about, user: result.account.user });
        return { kind: "accepted", user: result.account.user };
      case "rejected":
        log.info(rejectedLogin(user), { client: client.address });
        this.#options.onWrongPassword({ user, password }, client);
        await this.#throttle.failed(client.address, signal);
        return { kind: "refused", reply: replies.wrongPassword };
      case "unavailable":
        log.warn("Cannot check a password", { ...about, reason: result.reason });
        return { kind: "refused", reply: replies.cannotCheck };
    }
  }
}
