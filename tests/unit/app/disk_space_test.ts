import { deepStrictEqual as assertEquals, strictEqual } from "node:assert/strict";
import { DiskSpace } from "../../../src/app/disk_space.ts";
import { configOf } from "../../support/config_text.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { RememberingLog } from "../../support/remembering_log.ts";

const MB = 1024 * 1024;

/** Disks with 100 MB each, but for those in `free`. */
function rig(free: Record<string, number | Error>, ...lines: string[]) {
  const [clock, log] = [new ManualClock(), new RememberingLog()];
  const asked: string[] = [];
  const files = {
    freeSpace(path: string) {
      asked.push(path);
      const found = free[path] ?? 100 * MB;
      return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
    },
  };
  const config = configOf(...lines);
  return { disks: new DiskSpace({ config: () => config, files, clock, log }), asked, clock, log };
}

const WORK = "/srv/dmail/work";
const DROP = "/srv/dmail/drop";

Deno.test("isLow() looks at the disks of the queue and of all drop files", async (t) => {
  const cases = [
    { free: {}, lines: [], octets: 0, want: false },
    { free: {}, lines: [], octets: 50 * MB, want: false },
    { free: {}, lines: [], octets: 50 * MB + 1, want: true },
    { free: { [WORK]: 50 * MB - 1 }, lines: [], octets: 0, want: true },
    { free: { [DROP]: 50 * MB - 1 }, lines: [], octets: 0, want: true },
    { free: { [DROP]: 3 * MB }, lines: ["min_space 3"], octets: 0, want: false },
    { free: { [DROP]: 3 * MB }, lines: ["min_space 3"], octets: 1, want: true },
    { free: { [DROP]: 0 }, lines: ["min_space 0"], octets: 0, want: false },
    { free: { "/v": 0 }, lines: ["vdomain a 1.2.3.4 a.example /v"], octets: 0, want: true },
    { free: { "/alt": 0 }, lines: ["alt_drop_path * /alt"], octets: 0, want: true },
    { free: { [DROP]: 0 }, lines: ["alt_drop_path * /alt"], octets: 0, want: false },
  ];
  for (const { free, lines, octets, want } of cases) {
    await t.step(JSON.stringify({ free, lines, octets }), async () => {
      strictEqual(await rig(free, ...lines).disks.isLow(octets), want);
    });
  }
});

Deno.test("isLow() measures each disk once a second", async () => {
  const { disks, asked, clock } = rig({});
  await Promise.all([disks.isLow(0), disks.isLow(0)]);
  await clock.advance(999);
  await disks.isLow(0);
  assertEquals(asked, [WORK, DROP]);
  await clock.advance(1);
  await disks.isLow(0);
  assertEquals(asked, [WORK, DROP, WORK, DROP]);
});

Deno.test("isLow() goes on past a disk that cannot be measured, and says so", async () => {
  const { disks, log } = rig({ [WORK]: new Error("EIO"), [DROP]: 0 });
  strictEqual(await disks.isLow(0), true);
  assertEquals(log.events("error"), ["Cannot measure a disk"]);
  assertEquals(log.events("warn"), ["A disk is nearly full, taking no mail"]);
});

Deno.test("isLow() tells the log once, and once when there is space again", async () => {
  const free: Record<string, number> = { [WORK]: 0 };
  const { disks, log, clock } = rig(free);
  for (const octets of [0, 0, 100 * MB]) strictEqual(await disks.isLow(octets), true);
  strictEqual(log.entries.length, 1);
  free[WORK] = 50 * MB;
  await clock.advance(1000);
  strictEqual(await disks.isLow(0), false);
  assertEquals(log.entries.map(({ event }) => event), [
    "A disk is nearly full, taking no mail",
    "There is space on a disk again",
  ]);
});
