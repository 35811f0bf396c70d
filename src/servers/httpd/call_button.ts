import { PasswordAttempts } from "../../domain/guard/mod.ts";
import type { Clock, Endpoint, Log } from "../../platform/mod.ts";
import type { StatusSource } from "./mod.ts";
import type { CallAnswer } from "./views/notice.ts";

/** "Call now": begins a call for whoever knows the manager password. */
export class CallButton {
  readonly #source: Pick<StatusSource, "checkPassword" | "callNow">;
  readonly #attempts: PasswordAttempts;
  readonly #isFree: (address: string) => boolean;
  readonly #mayManage: (address: string) => boolean;
  readonly #log: Log;

  constructor(
    { source, isFree, mayManage, clock, log }: {
      readonly source: Pick<StatusSource, "checkPassword" | "callNow">;
      readonly isFree: (address: string) => boolean;
      readonly mayManage: (address: string) => boolean;
      readonly clock: Clock;
      readonly log: Log;
    },
  ) {
    this.#source = source;
    this.#attempts = new PasswordAttempts({ clock });
    this.#isFree = isFree;
    this.#mayManage = mayManage;
    this.#log = log;
  }

  /** How long whoever is at `remote` must wait before the next press, in ms. */
  waitMs(remote: Endpoint): number {
    return this.#attempts.waitMs(remote.host);
  }

  /** Begins a call if `password` is right and no wrong one was given a moment ago. */
  async press(password: string, { host }: Endpoint): Promise<CallAnswer> {
    if (!this.#mayManage(host)) return "elsewhere";
    if (!this.#isFree(host) && !this.#attempts.begin(host)) return "wait";
    const verdict = await this.#source.checkPassword(password);
    if (verdict === "wrong") {
      this.#log.warn("Wrong manager password on the page", { from: host });
      return "wrong";
    }
    this.#attempts.succeeded(host);
    if (verdict === "not set") return "unset";
    this.#log.info("Call asked for on the page", { from: host });
    return this.#source.callNow() === "started" ? "started" : "running";
  }
}
