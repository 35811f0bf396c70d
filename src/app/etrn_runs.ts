import type { FlushReport, Queue } from "../domain/queue/mod.ts";
import { type EtrnSubject, formatEtrn } from "../formats/etrn.ts";
import type { Clock, Log } from "../platform/mod.ts";
import { isUp, type LineState, whileUp } from "./while_up.ts";

/** A domain, and perhaps what is below it. */
export type Node = Extract<EtrnSubject, { kind: "node" }>;

/** Deliveries that are under way or have just been, at most. */
const MAX_RUNS = 1_000;

/** How long a domain rests after a delivery if only strangers ask, in ms. */
const REST_MS = 15_000;

/** The delivery of what waits for one domain. */
interface Run {
  /** Somebody has asked since it began: what it has tried in vain is to be tried again. */
  again: boolean;
  /** One of our own people has. */
  hurries: boolean;
  /** Ends the rest. */
  wake: AbortController;
  /** Settled when it is over. It never rejects. */
  done: Promise<void>;
}

/** What {@linkcode EtrnRuns} works with. */
export interface EtrnRunsDeps {
  readonly queue: Pick<Queue, "flush" | "waitingFor">;
  readonly link: LineState;
  readonly clock: Clock;
  readonly log: Log;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

/**
 * The deliveries that ETRN has started, one for a domain at a time. Who asks while one is under way
 * gets another after it: a host that was not there when it began may be there now. Strangers who ask
 * again and again start one delivery in {@linkcode REST_MS}, for all of them.
 */
export class EtrnRuns {
  readonly #deps: EtrnRunsDeps;
  readonly #runs = new Map<string, Run>();

  constructor(deps: EtrnRunsDeps) {
    this.#deps = deps;
  }

  /** Sees to it that what waits is tried; false if there is too much under way. */
  start(node: Node, { hurries }: { readonly hurries: boolean }): boolean {
    const key = formatEtrn(node);
    const known = this.#runs.get(key);
    if (known !== undefined) {
      known.again = true;
      known.hurries ||= hurries;
      if (hurries) known.wake.abort();
      return true;
    }
    if (this.#runs.size >= MAX_RUNS) return false;
    const run: Run = {
      again: true,
      hurries: false,
      wake: new AbortController(),
      done: Promise.resolve(),
    };
    this.#runs.set(key, run);
    run.done = this.#run(node, run);
    return true;
  }

  /** Resolves when nothing is under way any more. */
  async ended(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }

  async #run(node: Node, run: Run): Promise<void> {
    const { queue, link, signal } = this.#deps;
    while (run.again && !signal.aborted) {
      run.again = false;
      run.hurries = false;
      run.wake = new AbortController();
      const which = { below: node.below, held: false };
      if (isUp(link) && queue.waitingFor(node.node, which) > 0) await this.#flush(node);
      if (!run.hurries) await this.#rest(run.wake.signal);
    }
    this.#runs.delete(formatEtrn(node)); // At once: who asks from now on finds none under way.
  }

  async #flush(node: Node): Promise<void> {
    const { queue, link, log, signal } = this.#deps;
    const domain = formatEtrn(node);
    using line = whileUp(link, signal);
    try {
      const report = await queue.flush({ domain: node.node, below: node.below }, line.signal);
      log.info("ETRN done", { domain, ...inFields(report) });
    } catch (error) {
      log.warn("ETRN broken off", { domain, reason: String(error) });
    }
  }

  async #rest(wake: AbortSignal): Promise<void> {
    const { clock, signal } = this.#deps;
    await clock.sleep(REST_MS, AbortSignal.any([signal, wake])).catch(() => {}); // Woken.
  }
}

function inFields({ delivered, deferred, failed, problems }: FlushReport) {
  const [reason] = problems;
  return { delivered, deferred, failed, ...(reason === undefined ? {} : { reason }) };
}
