/**
 * The machine stops at each disk call of a spool in turn, and the power fails too: removals that no
 * sync of their directory came after are undone.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { type Files, isDiskFull, systemRandom } from "../../../src/platform/mod.ts";
import { openSpool, type QueueId, type Spool, type SpoolState } from "../../../src/store/mod.ts";
import { collected } from "../../support/chunks.ts";
import { CrashError, crashingFiles, type CrashMode } from "../../support/crashing_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { silentLog } from "../../support/silent_log.ts";
import { spooled } from "../../support/spooled.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";

const STATE: SpoolState = {
  held: false,
  recipients: [{
    address: "bob@example.net",
    settled: ["relay:bob@example.net"],
    finished: false,
    attempts: 1,
    firstAttemptMs: 0,
    lastAttemptMs: 0,
    agedMs: 0,
    nextAttemptMs: 0,
    lastReason: "busy",
  }],
};

/** What is known of one message when the machine stops. */
interface Fate {
  /** What was promised, in the order in which it happened. */
  readonly promised: Set<"stored" | "state" | "removed">;
  /** A removal was begun: it may have come through. */
  leaving: boolean;
  readonly text: string;
}

/** A life of a spool in which everything happens that can; ends when the machine stops. */
class Life {
  readonly fates = new Map<QueueId, Fate>();
  readonly #spool: Spool;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  async live(clock: ManualClock): Promise<void> {
    const spool = this.#spool;
    const [a, b, c] = await Promise.all([this.#store("a"), this.#store("b"), this.#store("c")]);
    const large = await this.#store("L".repeat(70_000));
    await this.#save(a);
    await Promise.all([this.#remove(b), this.#store("d")]);
    await this.#save(large);
    await this.#remove(large);
    await clock.advance(31_000);
    const e = await this.#store("e");
    await spool.tidy(); // Makes a file of what is still there.
    await this.#remove(a);
    const [f] = await Promise.all([this.#store("f"), this.#remove(c), this.#remove(e)]);
    await this.#remove(f);
    await spool.tidy(); // Removes several logs: what a later one says about an earlier one must hold.
    await this.#store("g");
    await spool[Symbol.asyncDispose]();
  }

  async #store(text: string): Promise<QueueId> {
    const id = this.#spool.newId();
    const fate: Fate = { promised: new Set(), leaving: false, text };
    this.fates.set(id, fate);
    const envelope = { sender: "ann@x.example", recipients: [{ address: "bob@example.net" }] };
    const origin = { kind: "local", by: "test" } as const;
    await this.#spool.commit({ id, envelope, origin }, [new TextEncoder().encode(text)]);
    fate.promised.add("stored");
    return id;
  }

  async #save(id: QueueId): Promise<void> {
    await this.#spool.saveState(id, STATE);
    this.fates.get(id)?.promised.add("state");
  }

  async #remove(id: QueueId): Promise<void> {
    const fate = this.fates.get(id);
    if (fate !== undefined) fate.leaving = true;
    await this.#spool.remove(id);
    fate?.promised.add("removed");
  }
}

const open = (files: Files, clock: ManualClock) =>
  openSpool({
    ...{ path: "/queue", files, clock, random: systemRandom, log: silentLog },
    segmentOctets: 500, // Several logs.
  });

/** Which removals that were not synced a power cut undoes. */
const LOST_REMOVALS: readonly ((index: number) => boolean)[] = [
  () => true,
  (index) => index === 0,
  (index) => index > 0,
];

/** Lives until the machine stops at a call. */
async function liveAndCrash(
  disk: MemoryFiles,
  { crashAt, mode, comesBack = () => true }: {
    readonly crashAt: number;
    readonly mode: CrashMode;
    readonly comesBack?: (index: number) => boolean;
  },
) {
  const clock = new ManualClock();
  const machine = crashingFiles(disk.files, { crashAt, mode });
  const spool = await open(machine.files, clock).catch(unlessItFailed);
  const life = spool && new Life(spool);
  await life?.live(clock).catch(unlessItFailed);
  disk.powerCut(comesBack);
  return { fates: life?.fates ?? new Map<QueueId, Fate>(), crashed: machine.crashed };
}

/** What the machine and the disk do is expected, anything else is not. */
function unlessItFailed(error: unknown): undefined {
  if (!(error instanceof CrashError) && !isDiskFull(error)) throw error;
}

async function check(
  files: Files,
  fates: ReadonlyMap<QueueId, Fate>,
  about: string,
): Promise<void> {
  await using spool = await open(files, new ManualClock());
  const items = await spooled(spool);
  const found = new Map(items.map((item) => [item.message.id, item]));
  equal(found.size, items.length, `${about}: one was found twice`);
  for (const [id, { promised, leaving, text }] of fates) {
    const item = found.get(id);
    if (promised.has("removed")) ok(item === undefined, `${about}: ${text[0]} came back`);
    if (promised.has("stored") && !leaving) ok(item !== undefined, `${about}: ${text[0]} is lost`);
    if (item === undefined) continue;
    if (promised.has("state")) equal(item.state, STATE, `${about}: ${text[0]} lost its state`);
    equal(await collected(item.message.open()), text, `${about}: ${text[0]}`);
  }
}

for (const mode of ["undone", "half done", "done"] satisfies readonly CrashMode[]) {
  Deno.test(`the spool keeps its promises when the machine stops at any call, ${mode}`, async () => {
    for (const [number, comesBack] of LOST_REMOVALS.entries()) {
      for (let crashAt = 1;; crashAt++) {
        const disk = new MemoryFiles();
        const { fates, crashed } = await liveAndCrash(disk, { crashAt, mode, comesBack });
        await check(disk.files, fates, `call ${crashAt}, removals ${number}`);
        if (!crashed) break;
      }
    }
  });
}

Deno.test("the spool keeps its promises when the machine stops again while it starts", async () => {
  for (let crashAt = 10;; crashAt += 7) {
    const first = new MemoryFiles();
    if (!(await liveAndCrash(first, { crashAt, mode: "done" })).crashed) break;
    for (let again = 1;; again++) {
      const disk = new MemoryFiles();
      const { fates } = await liveAndCrash(disk, { crashAt, mode: "done" });
      const machine = crashingFiles(disk.files, { crashAt: again, mode: "done" });
      const spool = await open(machine.files, new ManualClock()).catch(unlessItFailed);
      if (spool !== undefined) await spooled(spool).catch(unlessItFailed);
      disk.powerCut();
      await check(disk.files, fates, `call ${crashAt}, then ${again}`);
      if (!machine.crashed) break;
    }
  }
});

Deno.test("the spool keeps its promises when a call fails and the machine stops later", async () => {
  for (let failAt = 2;; failAt++) {
    let failed = false;
    for (let crashAfter = 1; crashAfter < 40; crashAfter += 6) {
      const disk = new MemoryFiles();
      const clock = new ManualClock();
      const crashing = crashingFiles(disk.files, { crashAt: failAt + crashAfter, mode: "done" });
      const faulty = faultyFiles(crashing.files, { failAt, error: diskFullError() });
      const life = new Life(await open(faulty.files, clock));
      await life.live(clock).catch(unlessItFailed);
      failed = faulty.calls >= failAt;
      disk.powerCut();
      await check(disk.files, life.fates, `call ${failAt} failed, crash ${crashAfter} later`);
    }
    if (!failed) break;
  }
});
