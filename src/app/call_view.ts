import { askedBy, type CallProgress, type EtrnReport } from "../domain/link/mod.ts";
import type { Clock, Terminal } from "../platform/mod.ts";
import { count, size, span } from "../formats/words.ts";

const BAR_CELLS = 16;

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
  /** The bar that stands in the last line of the terminal. */
  #bar = "";

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
        return this.#line(
          `${askedBy(event.report)} ${event.report.domain}: ${withoutReply(event.report)}`,
        );
      case "account":
        return this.#account(event);
      case "account done":
        return this.#line(`${event.report.account}: ${event.report.result}`, "");
      case "sent":
        return this.#line(sentInWords(event));
    }
  }

  #account(event: AccountProgress): void {
    if (!this.#terminal.isTerminal) return;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#drawnMs < REDRAW_MS && event.messages < event.messagesTotal) return;
    this.#drawnMs = nowMs;
    this.#bar = progressLine(event, this.#elapsedMs()).slice(0, this.#terminal.columns - 1);
    this.#terminal.write(CLEAR_LINE + this.#bar);
  }

  /** Writes a line above the bar, which goes on below it unless `bar` says otherwise. */
  #line(text: string, bar = this.#bar): void {
    if (this.#bar !== "") this.#terminal.write(CLEAR_LINE);
    const seconds = (this.#elapsedMs() / 1000).toFixed(1).padStart(6);
    this.#terminal.line(`${seconds} s  ${text}`);
    this.#terminal.write(bar);
    this.#bar = bar;
  }

  #elapsedMs(): number {
    return this.#clock.monotonic() - (this.#startedMs ?? 0);
  }
}

/** The server's own words are for the log and the page; here they would wrap. */
function withoutReply({ result }: EtrnReport): string {
  return result.replace(/ \(\d{3} .*\)$/, "");
}

function sentInWords({ delivered, waiting, failed }: Extract<CallProgress, { kind: "sent" }>) {
  return [
    `sent ${count(delivered, "message")}`,
    `${waiting} still waiting`,
    ...(failed > 0 ? [`${failed} returned to the sender`] : []),
  ].join(", ");
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
