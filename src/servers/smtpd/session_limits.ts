import type { SmtpdOptions } from "./mod.ts";
import { replies, type Reply } from "./replies.ts";

/** Why a session ends; the reply names the host, as a 421 does. */
export type Dismissal = (options: SmtpdOptions) => Reply;

/** Refusals in one session after which a client is sent away: it guesses, or is broken. */
const MAX_ERRORS = 50;

/** Commands that do nothing for a message, since the last message that was taken. */
const MAX_IDLE_COMMANDS = 100;

/**
 * Commands besides two for each recipient, since the last message that was taken. Whoever has far too
 * many recipients must hear 452 for each (RFC 5321 section 4.5.3.1.10), to send to the others later.
 */
const MAX_OTHER_COMMANDS = 20_000;

/** Slowest average at which a message may come, in octets a second: a fifth of a modem's 2400 bit/s. */
const MIN_OCTETS_PER_SECOND = 50;

/** How long a session may go on without a message that is taken, in ms. */
const MAX_WITHOUT_MESSAGE_MS = 3_600_000;

/** How long a session may go on whatever it brings, in ms. */
const MAX_SESSION_MS = 24 * 3_600_000;

const IDLE_COMMANDS = new Set(["HELO", "EHLO", "NOOP", "RSET", "VRFY", "EXPN", "ETRN", "HELP"]);

/** What the limits of a session depend on. */
export interface SessionLimitsOptions {
  readonly maxRecipients: number;
  readonly idleTimeoutMs: number;
  /** Errors and commands are not counted. */
  readonly isCalled?: boolean;
}

/**
 * Keeps account of one session and says when it has gone too far: too many errors or commands, too
 * slow, too long. A message that is taken makes good what came before it, but for errors.
 */
export class SessionLimits {
  readonly openedMs: number;
  readonly #options: SessionLimitsOptions;
  readonly #clock: { monotonic(): number };
  #errors = 0;
  #commands = 0;
  #idleCommands = 0;
  #accepted = 0;
  /** When the client last sent something whole, or was answered: since then it owes us something. */
  #lastInputMs: number;
  #lastAcceptedMs: number;
  #message: { readonly sinceMs: number; octets: number } | undefined;

  constructor(options: SessionLimitsOptions, clock: { monotonic(): number }) {
    this.#options = options;
    this.#clock = clock;
    this.openedMs = this.#lastInputMs = this.#lastAcceptedMs = clock.monotonic();
  }

  /** Messages that were taken. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Notes a command, whole or cut off, known or not. */
  command(verb: string): Dismissal | undefined {
    this.#lastInputMs = this.#clock.monotonic();
    if (this.#options.isCalled) return undefined;
    if (IDLE_COMMANDS.has(verb) && ++this.#idleCommands > MAX_IDLE_COMMANDS) {
      return replies.tooManyCommands;
    }
    const max = MAX_OTHER_COMMANDS + 2 * this.#options.maxRecipients;
    return ++this.#commands > max ? replies.tooManyCommands : undefined;
  }

  /** Notes the answer to a command. */
  replied(code: number): Dismissal | undefined {
    this.#lastInputMs = this.#clock.monotonic();
    return code >= 500 && !this.#options.isCalled && ++this.#errors === MAX_ERRORS
      ? replies.tooManyErrors
      : undefined;
  }

  /** The octets of a message follow, after DATA or with the first BDAT. */
  messageBegun(): void {
    this.#message = { sinceMs: this.#clock.monotonic(), octets: 0 };
  }

  /** Octets came, of whatever. Only those of a message show that the client means to go on. */
  received(octets: number): void {
    if (this.#message === undefined) return;
    this.#message.octets += octets;
    this.#lastInputMs = this.#clock.monotonic();
  }

  /** The message was answered, or given up. */
  messageEnded(accepted: boolean): void {
    this.#message = undefined;
    if (!accepted) return;
    this.#accepted++;
    [this.#commands, this.#idleCommands] = [0, 0];
    this.#lastAcceptedMs = this.#clock.monotonic();
  }

  /** Why the session should end now, if the client is the one to wait for. */
  get overdue(): Dismissal | undefined {
    const nowMs = this.#clock.monotonic();
    const { idleTimeoutMs } = this.#options;
    if (nowMs - this.#lastInputMs >= idleTimeoutMs) return replies.idle;
    if (this.#message !== undefined) {
      const { sinceMs, octets } = this.#message;
      const longestMs = idleTimeoutMs + octets / MIN_OCTETS_PER_SECOND * 1000;
      return nowMs - sinceMs > longestMs ? replies.tooSlow : undefined;
    }
    const tooLong = nowMs - this.#lastAcceptedMs > MAX_WITHOUT_MESSAGE_MS ||
      nowMs - this.openedMs > MAX_SESSION_MS;
    return tooLong ? replies.tooLong : undefined;
  }
}
