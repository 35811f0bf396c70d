import { deepStrictEqual, match, notStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { openTls } from "../../../src/app/tls.ts";
import { diskFiles, type Files, readTlsFiles } from "../../../src/platform/mod.ts";
import { configOf } from "../../support/config_text.ts";
import { faultyFiles } from "../../support/faulty_files.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const BROKEN = Object.assign(new Error("Input/output error (os error 5)"), { code: "EIO" });

/** @param domain Another one than before wants another certificate. */
function open(files: Files, workPath: string, domain: string) {
  const config = configOf(`host_domain ${domain}`);
  return openTls({
    config: () => ({ ...config, paths: { ...config.paths, work: workPath } }),
    world: {
      files,
      machine: {
        os: "unix",
        hostname: "",
        environment: () => undefined,
        userName: () => undefined,
        addresses: () => [],
      },
      clock: new ManualClock(),
    },
    log: silentLog,
  });
}

async function callsOfAll(): Promise<number> {
  await using dir = await tempDir();
  const counted = faultyFiles(diskFiles(), { failAt: 0, error: BROKEN });
  await open(counted.files, dir.path, "a.example");
  return counted.calls;
}

Deno.test("openTls() makes a certificate, or fails and makes it the next time", async (t) => {
  const calls = await callsOfAll();
  notStrictEqual(calls, 0);
  for (let failAt = 1; failAt <= calls; failAt++) {
    await t.step(`disk call ${failAt} of ${calls}`, async () => {
      await using dir = await tempDir();
      const faulty = faultyFiles(diskFiles(), { failAt, error: BROKEN });
      const first = await open(faulty.files, dir.path, "a.example").catch((error) => error);
      const second = await open(diskFiles(), dir.path, "a.example");
      if (!(first instanceof Error)) deepStrictEqual(second.current, first.current);
      const paths = { cert: `${dir.path}/tls/cert.pem`, key: `${dir.path}/tls/key.pem` };
      deepStrictEqual(await readTlsFiles(paths, diskFiles()), {
        kind: "read",
        pair: second.current,
      });
    });
  }
});

Deno.test("openTls() fails with words when the disk is broken", async () => {
  await using dir = await tempDir();
  const faulty = faultyFiles(diskFiles(), { failAt: 1, error: BROKEN, andAllAfter: true });
  await rejects(open(faulty.files, dir.path, "a.example"), /work_path|Input\/output/);
});

Deno.test("a reload keeps the certificate when the disk is broken, and says so", async () => {
  await using dir = await tempDir();
  const faulty = faultyFiles(diskFiles(), { failAt: 0, error: BROKEN });
  const tls = await open(faulty.files, dir.path, "a.example");
  const before = tls.current;
  faulty.arm(1); // To read it.
  match((await tls.reload()).join(), /stays as it was: .*cannot be read/);
  deepStrictEqual(await tls.reload(), []);
  strictEqual(tls.current.fingerprintSha256, before.fingerprintSha256);

  await Deno.remove(`${dir.path}/tls/key.pem`);
  faulty.arm(4); // To write a new one.
  match((await tls.reload()).join(), /stays as it was/);
  strictEqual(tls.current.fingerprintSha256, before.fingerprintSha256);
  deepStrictEqual(await tls.reload(), []);
  notStrictEqual(tls.current.fingerprintSha256, before.fingerprintSha256);
});
