import { createGuard } from "../../domain/guard/mod.ts";
import type { Router } from "../../domain/routing/mod.ts";
import { type Connection, deadline, socketOver } from "../../platform/mod.ts";
import type { SmtpdOptions } from "./mod.ts";
import type { IncomingMessage } from "./receive.ts";
import { RunningSmtpd, type SmtpdDependencies } from "./smtpd.ts";
import { Listener } from "./smtp_server_adapter.ts";

/** A connection of ours on which we are the server from now on (RFC 2645 section 5.3). */
export interface TurnedConnection {
  readonly connection: Connection;
  readonly isEncrypted: boolean;
  /** After so long no new message is begun, in ms; one that is under way comes to its end. */
  readonly maxMs: number;
}

/** What such a session works with: without bans and rates, and nobody logs in. */
export type TurnedDependencies = Pick<
  SmtpdDependencies,
  "queue" | "router" | "isDiskLow" | "content" | "room" | "clock" | "log" | "signal"
>;

/** What came over a connection. */
export interface TurnedReport {
  readonly messages: number;
  readonly octets: number;
  /** Whether the other side took its leave; otherwise the connection was lost, or cut off here. */
  readonly complete: boolean;
}

/**
 * Takes mail over a connection that was turned round, until the other side leaves. It is a stranger
 * who brings mail for our users and nothing else; but we have called it, so it is neither banned nor
 * counted nor kept waiting.
 *
 * @throws The abort reason of `signal`; the connection is closed then.
 */
export async function serveTurned(
  { connection, isEncrypted, maxMs }: TurnedConnection,
  options: SmtpdOptions,
  dependencies: TurnedDependencies,
): Promise<TurnedReport> {
  const { clock, signal } = dependencies;
  await using server = new TurnedSmtpd(options, dependencies);
  using limit = deadline(clock, maxMs);
  const stop = () => void server.stop();
  signal.addEventListener("abort", stop, { once: true });
  limit.signal.addEventListener("abort", () => server.takeNoMore(), { once: true });
  try {
    server.serve(connection, isEncrypted);
    if (signal.aborted) stop();
    await server.over;
    await server.settled();
    signal.throwIfAborted();
    return server.report;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

class TurnedSmtpd extends RunningSmtpd {
  readonly #over = Promise.withResolvers<void>();
  /** What is being stored; it may be taken though nobody hears of it any more. */
  readonly #pending = new Set<Promise<unknown>>();
  #messages = 0;
  #octets = 0;
  #saidGoodbye = false;

  constructor(options: SmtpdOptions, dependencies: TurnedDependencies) {
    const { policy } = options;
    const called: SmtpdOptions = {
      ...options,
      greetDelayMs: 0,
      isCalled: true,
      policy: {
        ...policy,
        banned: [],
        trusted: [],
        maxMessagesAMinute: undefined,
        maxSessionsPerAddress: Infinity,
      },
    };
    super(() => called, {
      ...dependencies,
      router: localOnly(dependencies.router),
      guard: createGuard(() => NO_RULES, dependencies),
    });
    const take = this.message;
    this.message = (message, now) => {
      const taken = this.#counted(message, (one) => take(one, now));
      this.#pending.add(taken);
      return taken.finally(() => this.#pending.delete(taken));
    };
  }

  /** Resolves when the session has ended. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Resolves when nothing is being stored any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#pending);
  }

  get report(): TurnedReport {
    return { messages: this.#messages, octets: this.#octets, complete: this.#saidGoodbye };
  }

  serve(connection: Connection, isEncrypted: boolean): void {
    const listener = new Listener(this, { door: "smtp", tls: undefined });
    listener.serve(socketOver(connection), { isEncrypted });
  }

  override leaving(session: Parameters<RunningSmtpd["leaving"]>[0]): void {
    this.#saidGoodbye ||= session.hasQuit;
    super.leaving(session);
  }

  override closed(session: Parameters<RunningSmtpd["closed"]>[0]): void {
    super.closed(session);
    this.#over.resolve();
  }

  async #counted(
    message: IncomingMessage,
    take: (message: IncomingMessage) => ReturnType<RunningSmtpd["message"]>,
  ): ReturnType<RunningSmtpd["message"]> {
    let octets = 0;
    const counting = async function* () {
      for await (const chunk of message.body) {
        octets += chunk.length;
        yield chunk;
      }
    };
    const reply = await take({ ...message, body: counting() });
    if (reply.code < 400) {
      this.#messages++;
      this.#octets += octets;
    }
    return reply;
  }
}

const NO_RULES = {
  banRule: undefined,
  noLimit: [],
  upstream: undefined,
  recentLoginMs: undefined,
};

/** A router that takes nothing to be sent on, whatever is open to others. */
function localOnly(router: Router): Router {
  return {
    ...router,
    async check(address, origin, sender) {
      const verdict = await router.check(address, origin, sender);
      return verdict.kind === "accept" && verdict.to === "relay"
        ? { kind: "refuse", status: "5.7.1", reason: "Relaying is not permitted" }
        : verdict;
    },
  };
}
