import type { Clock, Log } from "../../platform/mod.ts";
import { type CallPlan, nextCall } from "../schedule/mod.ts";
import type { AccountReport, CallProgress, CallReason, CallReport } from "./report.ts";

/** What a {@linkcode Caller} is made of. */
export interface CallerDeps {
  /** Makes one call and never throws: {@linkcode runCall} with everything but these bound. */
  readonly call: (
    reason: CallReason,
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ) => Promise<CallReport>;
  readonly clock: Clock;
  readonly log: Log;
  readonly plan: CallPlan;
  /** Aborted when the appliance shuts down: breaks off the call that is running. */
  readonly signal: AbortSignal;
}

/** What asking for a call came to. There is one call at a time. */
export interface CallStart {
  readonly outcome: "started" | "already running";
  /** The report of the call that runs, whoever asked for it. Never rejects. */
  readonly report: Promise<CallReport>;
}

/** What subscribers are told. */
export type CallEvent =
  | { readonly kind: "started"; readonly reason: CallReason; readonly atMs: number }
  | { readonly kind: "progress"; readonly event: CallProgress }
  | { readonly kind: "ended"; readonly report: CallReport };

/** What is known of an account between calls. */
export interface AccountStanding {
  /** Its share of the last call it took part in. */
  readonly report: AccountReport;
  readonly atMs: number;
  /** When it was last collected from without trouble; `undefined` if never since the start. */
  readonly lastOkMs: number | undefined;
}

/** Makes calls, one at a time: when the schedule says so, and when somebody asks. */
export class Caller {
  readonly #deps: CallerDeps;
  readonly #listeners = new Set<(event: CallEvent) => void>();
  readonly #standings = new Map<string, AccountStanding>();
  #plan: CallPlan;
  #running: { readonly reason: CallReason; readonly report: Promise<CallReport> } | undefined;
  #last: CallReport | undefined;
  #lastDueMs: number | undefined;
  #lastEndMs: number | undefined;
  /** Ends the wait for the next call when the plan changes or a call has moved it. */
  #replan = new AbortController();

  constructor(deps: CallerDeps) {
    this.#deps = deps;
    this.#plan = deps.plan;
  }

  /** Why the call that runs was made; `undefined` if none does. */
  get running(): CallReason | undefined {
    return this.#running?.reason;
  }

  /** The last call that ended. */
  get last(): CallReport | undefined {
    return this.#last;
  }

  /** The standing of every account that took part in a call, by `user@host`. */
  get accounts(): ReadonlyMap<string, AccountStanding> {
    return this.#standings;
  }

  /** Wall time of the next scheduled call; `undefined` if there is none. */
  get nextCallMs(): number | undefined {
    const { clock } = this.#deps;
    const due = this.#due();
    if (due === undefined) return undefined;
    return Math.round(clock.now() + Math.max(0, due - clock.monotonic()));
  }

  /** Calls `listener` at every event until disposed. */
  subscribe(listener: (event: CallEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Calls now, unless a call is running already. */
  callNow(reason: CallReason): CallStart {
    if (this.#running !== undefined) {
      return { outcome: "already running", report: this.#running.report };
    }
    const report = this.#call(reason);
    this.#running = { reason, report };
    return { outcome: "started", report };
  }

  /** Takes another plan, after a reload; the beat goes on from the last call. */
  replan(plan: CallPlan): void {
    this.#plan = plan;
    this.#wakeSchedule();
  }

  /** Makes the scheduled calls until aborted, and waits for the last one to end. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const dueMs = await this.#untilDue(signal);
      if (dueMs === undefined) continue;
      this.#lastDueMs = dueMs;
      await this.callNow("schedule").report;
    }
    await this.#running?.report;
  }

  /** Waits for the next call; `undefined` if the plan changed or `signal` was aborted meanwhile. */
  async #untilDue(signal: AbortSignal): Promise<number | undefined> {
    const { clock } = this.#deps;
    this.#replan = new AbortController();
    const awake = AbortSignal.any([signal, this.#replan.signal]);
    const dueMs = this.#due();
    try {
      await clock.sleep((dueMs ?? Infinity) - clock.monotonic(), awake);
      return dueMs;
    } catch (error) {
      if (!awake.aborted) throw error;
      return undefined;
    }
  }

  #due(): number | undefined {
    return nextCall(this.#plan, {
      lastDueMs: this.#lastDueMs,
      lastEndMs: this.#lastEndMs,
      nowMs: this.#deps.clock.monotonic(),
    });
  }

  async #call(reason: CallReason): Promise<CallReport> {
    const { call, clock, signal } = this.#deps;
    await Promise.resolve(); // callNow() notes the call before its first event goes out.
    this.#tell({ kind: "started", reason, atMs: clock.now() });
    try {
      const report = await call(reason, (event) => this.#tell({ kind: "progress", event }), signal);
      this.#note(report);
      this.#tell({ kind: "ended", report });
      return report;
    } finally {
      this.#running = undefined;
    }
  }

  #note(report: CallReport): void {
    const { clock } = this.#deps;
    this.#running = undefined;
    this.#last = report;
    this.#lastEndMs = clock.monotonic();
    for (const account of report.accounts) {
      const lastOkMs = account.ok ? clock.now() : this.#standings.get(account.account)?.lastOkMs;
      this.#standings.set(account.account, { report: account, atMs: clock.now(), lastOkMs });
    }
    if (this.#plan.isInterval) this.#wakeSchedule(); // The pause begins anew.
  }

  #wakeSchedule(): void {
    this.#replan.abort(new DOMException("The schedule has changed", "AbortError"));
  }

  #tell(event: CallEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // One page that went away must not end a call.
        this.#deps.log.warn("A watcher of the call failed", { reason: String(error) });
      }
    }
  }
}
