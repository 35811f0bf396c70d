import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { Outgoing } from "../../../src/app/outgoing.ts";
import { diskFiles, type Files } from "../../../src/platform/mod.ts";
import { diskFullError, faultyFiles } from "../../support/faulty_files.ts";
import { RememberingLog } from "../../support/remembering_log.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

/** A queue that only knows whether it is suspended. */
class Switch {
  suspended = false;

  suspend(): Promise<void> {
    this.suspended = true;
    return Promise.resolve();
  }

  resume(): void {
    this.suspended = false;
  }
}

const open = (path: string, files: Files = diskFiles()) =>
  new Outgoing(path, { files, log: silentLog });

Deno.test("Outgoing remembers over a restart that mail is suspended", async () => {
  await using dir = await tempDir();
  const queue = new Switch();
  strictEqual(await open(dir.path).wasSuspended(), false);
  await open(dir.path).suspend(queue);
  equal([queue.suspended, await open(dir.path).wasSuspended()], [true, true]);
  await open(dir.path).resume(queue);
  equal([queue.suspended, await open(dir.path).wasSuspended()], [false, false]);
});

Deno.test("Outgoing warns at the start that mail is suspended", async () => {
  await using dir = await tempDir();
  await open(dir.path).suspend(new Switch());
  const log = new RememberingLog();
  await new Outgoing(dir.path, { files: diskFiles(), log }).wasSuspended();
  equal(log.events("warn"), ["Outgoing mail is suspended, tellsmtp resume lets it go"]);
});

Deno.test("suspend() and resume() leave the queue as it was when the disk fails", async (t) => {
  await using dir = await tempDir();
  const real = diskFiles();
  for (const action of ["suspend", "resume"] as const) {
    for (let failAt = 1;; failAt++) {
      const before = action === "resume";
      const queue = new Switch();
      queue.suspended = before;
      if (before) await open(dir.path).suspend(queue);
      const faulty = faultyFiles(real, { failAt, error: diskFullError() });
      const failed = await open(dir.path, faulty.files)[action](queue).then(
        () => false,
        () => true,
      );
      if (!failed) break;
      await t.step(`${action}, disk call ${failAt}`, async () => {
        strictEqual(queue.suspended, before);
        if (failAt === 1) strictEqual(await open(dir.path).wasSuspended(), before);
      });
    }
    await open(dir.path).resume(new Switch());
  }
});
