import type { AccountReport, CallProgress } from "../../domain/link/mod.ts";
import { type Net, sideBySide } from "../../platform/mod.ts";
import { DudGuard } from "./dud_guard.ts";
import { DudFile } from "./duds.ts";
import type { FetchAccount, PopfetchOptions } from "./options.ts";
import { noCounts, reportSession } from "./report.ts";
import { type AccountMemory, FetchSession, type SessionResult } from "./session.ts";
import type { TakeDeps, TakeRules } from "./take_message.ts";

/** What POPFetch is made of. */
export interface PopfetchDeps extends Omit<TakeDeps, "dudFile"> {
  readonly net: Net;
  /** Certificate authorities beside the system's, PEM. */
  readonly caCerts?: readonly string[];
}

/** Collects mail from all accounts. */
export interface Popfetch {
  /** Why it has stopped itself (B50), until a new one is made; `undefined` while it works. */
  readonly stopped: string | undefined;
  /**
   * Collects from every account; one that fails keeps no other from being collected. Servers that
   * cannot be reached are tried once more after pf_retry_delay (B52). The reports come in the order
   * of the accounts.
   *
   * Never rejects; when `signal` is aborted the sessions are broken off and their reports say so.
   */
  collect(
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]>;
  /** Says what {@linkcode collect} would do and changes nothing, here or there (`popfetch -test`). */
  preview(
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]>;
}

/** How long a server may be silent, and may take to answer the phone, ms. */
const SILENCE_MS = 60_000;
const CONNECT_MS = 60_000;

/** Accounts collected side by side: each waits for the line most of its time. */
const MAX_SESSIONS = 4;

/** Ports that need not be named. */
const USUAL_PORTS = [110, 995];

/** The name of an account in reports, in the log and in the journal: `user@host`. */
export function accountName({ user, host, port }: FetchAccount): string {
  return USUAL_PORTS.includes(port) ? `${user}@${host}` : `${user}@${host}:${port}`;
}

/** Makes POPFetch for a configuration. */
export function createPopfetch(options: PopfetchOptions, deps: PopfetchDeps): Popfetch {
  return new AllAccounts(options, deps);
}

class AllAccounts implements Popfetch {
  readonly #options: PopfetchOptions;
  readonly #deps: PopfetchDeps;
  readonly #duds: DudGuard;
  readonly #dudFile: DudFile;
  readonly #memories: readonly AccountMemory[];

  constructor(options: PopfetchOptions, deps: PopfetchDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#duds = new DudGuard(options.maxDuds);
    this.#dudFile = new DudFile(deps.files, options.workPath);
    this.#memories = options.accounts.map(() => ({
      traits: { pipelining: undefined },
      failures: new Map(),
    }));
  }

  get stopped(): string | undefined {
    return this.#duds.stopped;
  }

  async collect(
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]> {
    return await this.#all((index) => this.#session(index, progress, signal).collect(), {
      progress,
      signal,
    });
  }

  async preview(
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]> {
    return await this.#all((index) => this.#session(index, progress, signal).preview(), {
      progress,
      signal,
    });
  }

  async #all(
    work: (index: number) => Promise<SessionResult>,
    { progress, signal }: {
      readonly progress: (event: CallProgress) => void;
      readonly signal: AbortSignal;
    },
  ): Promise<readonly AccountReport[]> {
    const { clock, log } = this.#deps;
    const reports: AccountReport[] = [];
    const settle = (index: number, report: AccountReport) => {
      reports[index] = report;
      progress({ kind: "account done", report });
    };
    const again: number[] = [];
    await sideBySide([...this.#options.accounts.keys()], MAX_SESSIONS, async (index) => {
      const { report, unreachable } = this.#refused(index) ?? await work(index);
      if (unreachable && this.#options.retryDelayMs > 0 && !signal.aborted) again.push(index);
      else settle(index, report);
    });
    if (again.length === 0) return reports;
    // Another program may still be dialling: that is what the second try is for (S57).
    log.info("Servers could not be reached, trying again", { ms: this.#options.retryDelayMs });
    await clock.sleep(this.#options.retryDelayMs, signal).catch(() => {}); // The sessions will say so.
    await sideBySide(again.sort((a, b) => a - b), MAX_SESSIONS, async (index) => {
      settle(index, (this.#refused(index) ?? await work(index)).report);
    });
    return reports;
  }

  #session(
    index: number,
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): FetchSession {
    const [account, memory] = [this.#options.accounts[index], this.#memories[index]];
    if (account === undefined || memory === undefined) throw new RangeError("No such account");
    return new FetchSession(account, {
      ...this.#deps,
      rules: this.#rules(account, index),
      memory,
      duds: this.#duds,
      dudFile: this.#dudFile,
      progress,
      silenceMs: SILENCE_MS,
      connectMs: CONNECT_MS,
    }, signal);
  }

  #rules(account: FetchAccount, index: number): TakeRules {
    const { hostname, header, domain, defaultAddress, workPath } = this.#options;
    return {
      account: accountName(account),
      user: account.user,
      host: account.host,
      to: account.to ?? "",
      hostname,
      header,
      domain,
      defaultAddress,
      workPath,
      stagePath: `${workPath}/msg${index === 0 ? "" : index + 1}.dat`,
    };
  }

  /** No session is begun once POPFetch has stopped itself. */
  #refused(index: number): SessionResult | undefined {
    const account = this.#options.accounts[index];
    if (this.stopped === undefined || account === undefined) return undefined;
    const outcome = { problem: this.stopped, durationMs: 0 };
    return { report: reportSession(accountName(account), noCounts(), outcome), unreachable: false };
  }
}
