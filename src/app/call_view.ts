import type { CallProgress } from "../domain/link/mod.ts";
import type { Clock, Terminal } from "../platform/mod.ts";
import { count, size, span } from "../formats/words.ts";

const BAR_CELLS = 24;

/** A bar is drawn again at most so often, in ms. */
const REDRAW_MS = 100;

const CLEAR_LINE = "\r\x1b[K";

type AccountProgress = Extract<CallProgress, { kind: "account" }>;

/**
 * Shows a call while it runs: a moving bar for a person, plain lines for a file.
 */
export class CallView {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  /** When the first event came: the call's own beginning. */
  #startedMs: number | undefined;
  #drawnMs = -Infinity;
  #barIsShown = false;

  constructor({ terminal, clock }: { terminal: Terminal; clock: Clock }) {
    this.#terminal = terminal;
    this.#clock = clock;
  }

  /** Takes one event. */
  show(event: CallProgress): void {
    this.#startedMs ??= this.#clock.monotonic();
    switch (event.kind) {
      case "line":
        return this.#line(event.text);
      case "etrn":
        return this.#line(`asked for mail of ${event.report.domain}: ${event.report.result}`);
      case "account":
        return this.#account(event);
      case "account done":
        return this.#line(`${event.report.account}: ${event.report.result}`);
      case "sent":
        return this.#line(
          `sent ${count(event.delivered, "message")}, ${event.waiting} still waiting`,
        );
    }
  }

  #account(event: AccountProgress): void {
    if (!this.#terminal.isTerminal) return;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#drawnMs < REDRAW_MS && event.messages < event.messagesTotal) return;
    this.#drawnMs = nowMs;
    this.#barIsShown = true;
    const text = progressLine(event, this.#elapsedMs());
    this.#terminal.write(CLEAR_LINE + text.slice(0, this.#terminal.columns - 1));
  }

  #line(text: string): void {
    if (this.#barIsShown) this.#terminal.write(CLEAR_LINE);
    this.#barIsShown = false;
    const seconds = (this.#elapsedMs() / 1000).toFixed(1).padStart(6);
    this.#terminal.line(`${seconds} s  ${text}`);
  }

  #elapsedMs(): number {
    return this.#clock.monotonic() - (this.#startedMs ?? 0);
  }
}

/** One line about an account that is being collected. Pure. */
export function progressLine(event: AccountProgress, elapsedMs: number): string {
  const { account, phase, messages, messagesTotal, octets, octetsTotal } = event;
  if (phase !== "fetching" || octetsTotal === 0) return `          ${account}: ${phase}`;
  const share = Math.min(octets / octetsTotal, 1);
  const filled = Math.round(share * BAR_CELLS);
  const bar = "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
  return `          ${account} ${bar} ${messages}/${messagesTotal}  ` +
    `${size(octets)} of ${size(octetsTotal)}  ${span(elapsedMs)}`;
}
