import type { LogLine, Logs } from "../platform/mod.ts";

/** How many lines are remembered. */
const MAX_LINES = 200;

/** What the queue and the relay log of mail for the world, and of notices about it. */
const ABOUT_SENDING =
  /^(?:(?:Delivered|Deferred) .*\bby="?relay:|Bounced |Told the sender |Outgoing mail |Next host |No next host)/;

/** The last log lines about mail for the world, for `tellsmtp sendlog`. */
export class SendLog implements Disposable {
  #lines: LogLine[] = [];
  readonly #subscription: Disposable;

  constructor(logs: Pick<Logs, "subscribe">) {
    this.#subscription = logs.subscribe((line) => {
      if (line.program !== "dsmtp" || !ABOUT_SENDING.test(line.text)) return;
      this.#lines.push(line);
      if (this.#lines.length > MAX_LINES) this.#lines.shift();
    });
  }

  /** The last lines, oldest first. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}
