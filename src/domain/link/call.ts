import { type Clock, type Log, messageOf } from "../../platform/mod.ts";
import type { FlushReport } from "../queue/mod.ts";
import type { Lease, Link } from "./link.ts";
import type {
  AccountReport,
  CallProgress,
  CallReason,
  CallReport,
  CallTasks,
  EtrnReport,
} from "./report.ts";
import { summarise } from "./summary.ts";

/** What a call is made of. */
export interface CallDeps {
  readonly link: Link;
  readonly tasks: CallTasks;
  readonly clock: Clock;
  readonly log: Log;
  /** How long nothing must have come in before the far side is taken to be done, ms. */
  readonly quietMs: number;
  /** How long mail that ETRN asked for may keep the line up in all, ms. */
  readonly maxInboundMs: number;
  /** Told what happens while it happens. */
  readonly progress?: (event: CallProgress) => void;
}

/** What came of the parts of a call; a part that could not be done says why in `problems`. */
interface CallWork {
  line: CallReport["line"];
  etrn: readonly EtrnReport[];
  accounts: readonly AccountReport[];
  flush: FlushReport | undefined;
  readonly problems: string[];
}

/**
 * Makes one call: brings the line up, asks for waiting mail (ETRN, ATRN), collects and sends side by
 * side, sends what came in meanwhile, waits until the far side is quiet, and lets go of the line.
 *
 * Never throws: what failed is in the report, and no part keeps another from being done. When
 * `signal` is aborted the call is broken off and its report says so.
 */
export async function runCall(
  deps: CallDeps,
  reason: CallReason,
  signal: AbortSignal,
): Promise<CallReport> {
  const { clock, link, log } = deps;
  const [startedAtMs, start] = [clock.now(), clock.monotonic()];
  const work: CallWork = {
    line: "failed",
    etrn: [],
    accounts: [],
    flush: undefined,
    problems: [],
  };
  if (link.state !== "up") report(deps, { kind: "line", text: "Dialling" });
  await part(work, signal, async () => {
    using lease: Lease = await link.hold(signal);
    work.line = lease.line;
    report(deps, { kind: "line", text: `The line is up (${lease.line})` });
    await workOverLine(deps, work, signal);
  });
  const durationMs = Math.round(clock.monotonic() - start);
  const ok = work.problems.length === 0 && work.line !== "failed" &&
    work.accounts.every((account) => account.ok) && work.etrn.every((etrn) => etrn.ok) &&
    (work.flush?.failed ?? 0) === 0 && (work.flush?.deferred ?? 0) === 0;
  const { problems, ...outcome } = work;
  const summary = summarise({ ...outcome, problems, durationMs });
  report(deps, { kind: "line", text: summary });
  log[ok ? "info" : "warn"](ok ? "Call made" : "Call went wrong", {
    reason,
    line: work.line,
    ok,
    ms: durationMs,
    summary,
  });
  return { startedAtMs, reason, ok, summary, durationMs, ...outcome };
}

async function workOverLine(deps: CallDeps, work: CallWork, signal: AbortSignal): Promise<void> {
  const { tasks, clock } = deps;
  // First of all: the server upstream needs a while to begin, and we have work to do meanwhile.
  const asked = Promise.withResolvers<void>();
  const inbound = part(work, signal, async () => {
    work.etrn = await tasks.etrn(signal, asked.resolve);
    for (const etrn of work.etrn) report(deps, { kind: "etrn", report: etrn });
  });
  await Promise.race([asked.promise, inbound]);
  const askedMs = clock.monotonic();
  await Promise.all([
    inbound,
    part(work, signal, async () => {
      work.accounts = await tasks.fetch((event) => report(deps, event), signal);
    }),
    part(work, signal, () => flush(deps, work, signal)),
  ]);
  await part(work, signal, () => flushMore(deps, work, signal));
  if (!work.etrn.some(({ ok, messages }) => ok && messages === undefined)) return;
  await part(work, signal, () => untilQuiet(deps, askedMs, signal));
  await part(work, signal, () => flushMore(deps, work, signal));
}

/** Does one part of a call and notes in words if it could not be done. */
async function part(
  work: CallWork,
  signal: AbortSignal,
  action: () => Promise<void>,
): Promise<void> {
  try {
    signal.throwIfAborted();
    await action();
  } catch (error) {
    const problem = signal.aborted ? "The call was broken off" : messageOf(error);
    if (!work.problems.includes(problem)) work.problems.push(problem);
  }
}

async function flush(deps: CallDeps, work: CallWork, signal: AbortSignal): Promise<void> {
  const { tasks } = deps;
  const done = await tasks.flush(signal);
  work.flush = work.flush === undefined ? done : {
    delivered: work.flush.delivered + done.delivered,
    deferred: done.deferred, // What the second flush deferred, the first may have deferred too.
    failed: work.flush.failed + done.failed,
    problems: [...new Set([...work.flush.problems, ...done.problems])],
  };
  const { delivered, failed } = work.flush;
  report(deps, { kind: "sent", delivered, failed, waiting: tasks.waiting() });
}

/** Sends what came in since the last flush; what that one had to leave is not tried again. */
async function flushMore(deps: CallDeps, work: CallWork, signal: AbortSignal): Promise<void> {
  if (deps.tasks.waiting() > (work.flush?.deferred ?? 0)) await flush(deps, work, signal);
}

/** Waits until nothing has come in for a while, which ETRN's answer may take to begin with. */
async function untilQuiet(
  { tasks, clock, quietMs, maxInboundMs }: CallDeps,
  askedMs: number,
  signal: AbortSignal,
): Promise<void> {
  const end = clock.monotonic() + maxInboundMs;
  while (true) {
    const now = clock.monotonic();
    const quietAt = Math.max(askedMs, tasks.lastInboundMs()) + quietMs;
    const until = Math.min(quietAt, end);
    if (until <= now) return;
    await clock.sleep(until - now, signal);
  }
}

function report(deps: CallDeps, event: CallProgress): void {
  deps.progress?.(event);
}
