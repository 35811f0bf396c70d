/**
 * A queue on a disk in memory, between a router and agents that remember what they were asked.
 *
 * @module
 */
import {
  type DeliveryAgent,
  type DeliveryJob,
  type LaneJobs,
  type NoticeOptions,
  openQueue,
  type Outcome,
  type Queue,
  type QueueOptions,
  type Settle,
} from "../../src/domain/queue/mod.ts";
import type { Destination, Resolution } from "../../src/domain/routing/mod.ts";
import type { Envelope, Origin } from "../../src/formats/envelope.ts";
import { type Files, systemRandom } from "../../src/platform/mod.ts";
import { openSpool, type QueueId } from "../../src/store/mod.ts";
import { collected } from "./chunks.ts";
import { keyOf } from "../../src/domain/queue/item.ts";
import { MemoryClock } from "./manual_clock.ts";
import { MemoryFiles } from "./memory_files.ts";
import { RememberingLog } from "./remembering_log.ts";

/** Addresses at `here` are maildrops, others are relayed; `routes` says otherwise. */
export class FakeRouter {
  readonly routes = new Map<string, Resolution | Error>();
  readonly asked: string[] = [];

  to(address: string, ...destinations: Destination[]): void {
    this.routes.set(address, { kind: "resolved", destinations, steps: [] });
  }

  isLocal(address: string): boolean {
    return address.endsWith("@here");
  }

  async resolve(address: string): Promise<Resolution> {
    await Promise.resolve();
    this.asked.push(address);
    const known = this.routes.get(address);
    if (known instanceof Error) throw known;
    if (known !== undefined) return known;
    const destination: Destination = this.isLocal(address)
      ? { kind: "maildrop", user: address.slice(0, -"@here".length) }
      : { kind: "relay", address };
    return { kind: "resolved", destinations: [destination], steps: [] };
  }
}

/** What a fake agent was given. */
export interface Delivery {
  readonly id: QueueId;
  readonly to: string;
  readonly mayBeDone: boolean;
  readonly text: string;
}

/** Delivers, or fails as it is told; `hold()` makes it wait. */
export class FakeAgent implements DeliveryAgent {
  readonly deliveries: Delivery[] = [];
  readonly deliveryIds: string[] = [];
  /** One entry a call: how many jobs came in which lane. */
  readonly batches: { readonly lane: string; readonly jobs: number }[] = [];
  answer: (to: string, job: DeliveryJob) => Outcome | undefined = () => ({ kind: "delivered" });
  #gate = Promise.resolve();
  #open = () => {};

  /** Deliveries wait from now on, after the agent was called. */
  hold(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    this.#open = resolve;
  }

  letGo(): void {
    this.#open();
  }

  laneOf(destination: Destination): string {
    switch (destination.kind) {
      case "maildrop":
        return destination.user;
      case "robot":
        return destination.command;
      case "file":
        return destination.path;
      default:
        return "gateway:25";
    }
  }

  async deliver(
    lane: string,
    line: LaneJobs,
    settle: Settle,
    signal: AbortSignal,
  ): Promise<void> {
    const jobs = firstOf(line, 100);
    this.batches.push({ lane, jobs: jobs.length });
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
    await Promise.race([this.#gate, aborted.promise]);
    for (const job of jobs) {
      const text = await collected(job.message.open());
      for (const destination of job.destinations) {
        const to = keyOf(destination).replace(/^\w+:/, "");
        const outcome = this.answer(to, job);
        const { id } = job.message;
        this.deliveries.push({ id, to, mayBeDone: job.mayBeDone, text });
        this.deliveryIds.push(job.deliveryId);
        if (outcome !== undefined) await settle(job, destination, outcome);
      }
    }
  }

  get reached(): readonly string[] {
    return this.deliveries.map(({ to }) => to);
  }
}

/** Takes over so many jobs, if there are. */
export function firstOf(line: LaneJobs, most: number): readonly DeliveryJob[] {
  const jobs: DeliveryJob[] = [];
  for (const job of line) if (jobs.push(job) === most) break;
  return jobs;
}

export const HOUR_MS = 3_600_000;

/** How senders are told. */
export const NOTICES: NoticeOptions = {
  hostname: "mx.here",
  wholeMessage: false,
  maxOctets: 1000,
  tellsPostmaster: true,
  timezone: "+0000",
};

/** Everything around one queue; `open` again to play a restart. */
export class QueueRig {
  readonly disk = new MemoryFiles();
  readonly clock = new MemoryClock();
  readonly router = new FakeRouter();
  readonly maildrop = new FakeAgent();
  readonly robot = new FakeAgent();
  readonly file = new FakeAgent();
  readonly relay = new FakeAgent();
  readonly log = new RememberingLog();
  readonly undeliverable: { readonly to: string; readonly reason: string }[] = [];
  caretaker: () => Promise<void> = () => Promise.resolve();
  readonly agents = {
    maildrop: this.maildrop,
    robot: this.robot,
    file: this.file,
    relay: this.relay,
  };
  lineUp = false;
  allowDuplicates = false;

  async open(
    files: Files = this.disk.files,
    more: Partial<QueueOptions> = {},
  ): Promise<Queue> {
    const { clock, log, router, agents } = this;
    const spool = await openSpool({ path: "/queue", files, clock, random: systemRandom, log });
    return openQueue({
      spool,
      router,
      agents,
      relayGate: { isOpen: () => this.lineUp },
      allowDuplicates: () => this.allowDuplicates,
      retry: () => ({ everyMs: 2 * HOUR_MS, maxMs: 6 * HOUR_MS, delayNoticeMs: 4 * HOUR_MS }),
      notices: () => NOTICES,
      undeliverable: async (_message, { address }, reason) => {
        await this.caretaker();
        this.undeliverable.push({ to: address, reason });
      },
      clock,
      log,
      ...more,
    });
  }

  /** The messages that another run of the program would find. */
  async stored(): Promise<readonly QueueId[]> {
    const { files } = this.disk.copy();
    const { clock, log } = this;
    const spool = await openSpool({ path: "/queue", files, clock, random: systemRandom, log });
    return (await Array.fromAsync(spool.load())).map(({ message }) => message.id);
  }

  /** Opens a queue and lets it run until disposed. */
  async start(): Promise<{ readonly queue: Queue } & AsyncDisposable> {
    const queue = await this.open();
    return { queue, ...this.run(queue) };
  }

  run(queue: Queue): AsyncDisposable {
    const stop = new AbortController();
    const run = queue.run(stop.signal);
    return {
      [Symbol.asyncDispose]: async () => {
        stop.abort(new Error("the test ends"));
        await run;
      },
    };
  }
}

/** Submits one message. */
export function submit(
  queue: Queue,
  to: readonly string[] | Envelope["recipients"],
  { sender = "ann@world", origin = { kind: "network", address: "192.0.2.1" } as Origin } = {},
): Promise<QueueId> {
  const recipients = to.map((one) => typeof one === "string" ? { address: one } : one);
  const body = new TextEncoder().encode("Subject: hi\r\n\r\nhello\r\n");
  return queue.submit({ envelope: { sender, recipients }, origin }, [body]);
}
