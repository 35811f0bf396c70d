/**
 * The machine stops at each disk call while files are picked up, and again while it starts anew: each
 * file is sent, and none twice.
 *
 * @module
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { Pickup } from "../../../src/agents/pickup/mod.ts";
import type { DeliveryJob, Settle } from "../../../src/domain/queue/mod.ts";
import type { Files } from "../../../src/platform/mod.ts";
import type { StoredMessage } from "../../../src/store/mod.ts";
import { collected } from "../../support/chunks.ts";
import { CrashError, crashingFiles, type CrashMode } from "../../support/crashing_files.ts";
import { MemoryFiles } from "../../support/memory_files.ts";
import { QueueRig } from "../../support/queue_rig.ts";

const NAMES = ["a.eml"];
const MODES: readonly CrashMode[] = ["undone", "half done", "done"];

/** A rig whose disk is given. */
class Machine extends QueueRig {
  /** Copies in the maildrop by the subject that they have. */
  readonly copies = new Map<string, number>();
  override readonly disk: MemoryFiles;

  constructor(disk: MemoryFiles) {
    super();
    this.disk = disk;
  }

  /** One run of the program, to its end or to that of the machine. */
  async live(files: Files): Promise<void> {
    const agents = { ...this.agents, maildrop: this.#maildrop() };
    try {
      const left: StoredMessage[] = [];
      const found = (message: StoredMessage) => void left.push(message);
      const queue = await this.open(files, { agents, found });
      const { clock, log } = this;
      const pickup = new Pickup({
        options: () => ({
          directory: "/pickup",
          hostname: "here",
          maxMessageOctets: 10_000,
          timezone: "+0000",
        }),
        ...{ queue, files, clock, log },
        filters: () => ({ screened: (message) => message }),
      });
      await pickup.recover(left);
      await using _run = this.run(queue);
      for (let looks = 0; looks < 3; looks++) await pickup.look();
      await clock.advance(60_000);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
    }
  }

  #maildrop() {
    const { copies } = this;
    return {
      laneOf: () => "bob",
      async deliver(
        _lane: string,
        jobs: readonly DeliveryJob[],
        settle: Settle,
      ): Promise<void> {
        for (const job of jobs) {
          const text = await collected(job.message.open());
          const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? "none";
          const had = copies.get(subject) ?? 0;
          // A maildrop that is asked whether something may be done looks for it.
          if (!job.mayBeDone || had === 0) copies.set(subject, had + 1);
          for (const destination of job.destinations) {
            await settle(job, destination, { kind: "delivered" });
          }
        }
      },
    };
  }
}

function machine(): Machine {
  const disk = new MemoryFiles();
  const encoder = new TextEncoder();
  disk.replace("/pickup/.there", new Uint8Array(1));
  for (const name of NAMES) {
    disk.replace(`/pickup/${name}`, encoder.encode(`To: bob@here\nSubject: ${name}\n\nhi\n`));
  }
  return new Machine(disk);
}

Deno.test("each file is sent once, wherever the machine stops, and stops again", async () => {
  let cases = 0;
  for (const mode of MODES) {
    for (let first = 1, stops = true; stops; first++) {
      for (let second = 0, stopsAgain = true; stopsAgain; second++) {
        const there = machine();
        const { files } = there.disk;
        const one = crashingFiles(files, { crashAt: first, mode });
        await there.live(one.files);
        stops = one.crashed;
        there.disk.powerCut();
        const two = crashingFiles(files, { crashAt: second, mode });
        await there.live(two.files);
        stopsAgain = two.crashed || second === 0;
        there.disk.powerCut();
        await there.live(files);
        const want = NAMES.map((name) => [name, 1]);
        equal([...there.copies].sort(), want, `${mode} at call ${first}, then at ${second}`);
        equal(there.disk.names().filter((name) => name.endsWith(".eml")), []);
        cases++;
      }
    }
  }
  ok(cases > 200, `Only ${cases} cases`);
});
