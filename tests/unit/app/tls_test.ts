import {
  deepStrictEqual,
  match,
  notStrictEqual,
  ok,
  rejects,
  strictEqual,
} from "node:assert/strict";
import { makeSelfSigned } from "../../../src/app/self_signed.ts";
import { openTls, wantedNames } from "../../../src/app/tls.ts";
import type { Config } from "../../../src/config/mod.ts";
import { diskFiles, readTlsFiles } from "../../../src/platform/mod.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { configOf } from "../../support/config_text.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { installed, run } from "../../support/peers.ts";
import { RememberingLog } from "../../support/remembering_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const YEAR_MS = 365 * 24 * 3600 * 1000;

const MACHINE = {
  os: "unix",
  hostname: "Box7",
  environment: () => undefined,
  userName: () => undefined,
  addresses: () => ["127.0.0.1", "192.168.4.1", "203.0.113.9", "fd00::2", "fe80::1"],
} as const;

function deps(workPath: string, {
  config = configOf(),
  machine = MACHINE as
    | typeof MACHINE
    | (Omit<typeof MACHINE, "addresses"> & {
      addresses: () => string[];
    }),
  clock = new ManualClock(Date.UTC(2027, 0)),
} = {}) {
  const settings = { ...config, paths: { ...config.paths, work: workPath } };
  return {
    config: (): Config => settings,
    world: { files: diskFiles(), machine, clock },
    log: new RememberingLog(),
  };
}

Deno.test("openTls() makes a certificate once, that openssl takes", async () => {
  await using dir = await tempDir();
  const first = await openTls(deps(dir.path));
  const again = await openTls(deps(dir.path));
  deepStrictEqual(again.current, first.current);
  deepStrictEqual(
    [...first.current.names].slice(0, 5),
    ["office.example", "box7", "localhost", "127.0.0.1", "192.168.4.1"],
  );
  if (!installed("openssl")) return;
  const cert = `${dir.path}/tls/cert.pem`;
  const words = ["x509", "-in", cert, "-noout", "-text", "-fingerprint", "-sha256"];
  const { stdout } = await run("openssl", words);
  match(stdout, /Not Before: Jan {2}1 00:00:00 1970 GMT/);
  match(stdout, /Not After : .* 203[67] GMT/);
  match(stdout, /DNS:office\.example, DNS:box7, DNS:localhost, IP Address:127\.0\.0\.1/);
  match(stdout, /TLS Web Server Authentication/);
  ok(stdout.includes(first.current.fingerprintSha256));
  const verified = await run("openssl", ["verify", "-CAfile", cert, cert]);
  match(verified.stdout, /OK/);
});

Deno.test({
  name: "openTls() lets nobody else read the key",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using dir = await tempDir();
    await openTls(deps(dir.path));
    for (const name of ["key.pem", "cert.pem"]) {
      strictEqual((await Deno.stat(`${dir.path}/tls/${name}`)).mode! & 0o777, 0o600, name);
    }
    strictEqual((await Deno.stat(`${dir.path}/tls`)).mode! & 0o077, 0);
  },
});

Deno.test("openTls() serves a box whose clock is wrong, and stays good when it is set", async () => {
  await using dir = await tempDir();
  const inThePast = await openTls(deps(dir.path, { clock: new ManualClock(0) }));
  ok(inThePast.current.notAfterMs > Date.UTC(2035, 0));
  const setRight = await openTls(deps(dir.path, { clock: new ManualClock(Date.UTC(2027, 5)) }));
  strictEqual(setRight.current.fingerprintSha256, inThePast.current.fingerprintSha256);
});

Deno.test("openTls() writes years of four digits where they are due", async () => {
  await using dir = await tempDir();
  const late = await openTls(deps(dir.path, { clock: new ManualClock(Date.UTC(2045, 0)) }));
  strictEqual(new Date(late.current.notAfterMs).getUTCFullYear(), 2054);
});

Deno.test("openTls() makes another one when it is due", async (t) => {
  const later = new ManualClock(Date.UTC(2027, 0) + 10 * YEAR_MS - 20 * 24 * 3600 * 1000);
  const moved = { ...MACHINE, addresses: () => ["127.0.0.1", "10.1.1.1"] };
  const dialled = { ...MACHINE, addresses: () => ["127.0.0.1", "198.51.100.77"] };
  const broken = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
  const cases: readonly {
    name: string;
    changed: Parameters<typeof deps>[1];
    spoil?: (path: string) => Promise<void>;
    same: boolean;
  }[] = [
    { name: "nothing has changed", changed: {}, same: true },
    { name: "it ends soon", changed: { clock: later }, same: false },
    { name: "another domain", changed: { config: configOf("host_domain b.example") }, same: false },
    { name: "another address in the office", changed: { machine: moved }, same: false },
    {
      name: "another address of the line, and fewer in the office",
      changed: { machine: dialled },
      same: true,
    },
    {
      name: "the key is gone",
      changed: {},
      spoil: (path) => Deno.remove(`${path}/tls/key.pem`),
      same: false,
    },
    {
      name: "the key is damaged",
      changed: {},
      spoil: (path) => Deno.writeTextFile(`${path}/tls/key.pem`, broken),
      same: false,
    },
  ];
  for (const { name, changed, spoil, same } of cases) {
    await t.step(name, async () => {
      await using dir = await tempDir();
      const before = (await openTls(deps(dir.path))).current;
      await spoil?.(dir.path);
      const { current } = await openTls(deps(dir.path, changed));
      strictEqual(current.fingerprintSha256 === before.fingerprintSha256, same);
      const paths = { cert: `${dir.path}/tls/cert.pem`, key: `${dir.path}/tls/key.pem` };
      deepStrictEqual(await readTlsFiles(paths, diskFiles()), { kind: "read", pair: current });
    });
  }
});

Deno.test({
  name: "openTls() takes the files of tls_cert and tls_key, and keeps them if a reload fails",
  ignore: !installed("openssl"),
  async fn() {
    await using dir = await tempDir();
    await using other = await tempDir();
    const { certFile, keyFile } = await makeCertificate(dir.path);
    const config = configOf(`tls_cert ${certFile}`, `tls_key ${keyFile}`);
    const tls = await openTls(deps(dir.path, { config }));
    const before = tls.current;
    deepStrictEqual(before.names, ["localhost", "127.0.0.1"]);

    const renewed = await makeCertificate(other.path);
    await Deno.copyFile(renewed.certFile, certFile);
    match((await tls.reload()).join(), /stays as it was: Cannot use tls_key: it does not belong/);
    strictEqual(tls.current, before);
    await Deno.copyFile(renewed.keyFile, keyFile);
    deepStrictEqual(await tls.reload(), []);
    notStrictEqual(tls.current.fingerprintSha256, before.fingerprintSha256);

    await Deno.remove(keyFile);
    await rejects(openTls(deps(dir.path, { config })), /Cannot use tls_key: there is no file/);
  },
});

Deno.test("openTls() warns of a certificate in tls_cert that expires, and takes it", async (t) => {
  const notAfterMs = Date.UTC(2028, 0);
  const day = 24 * 3600 * 1000;
  const cases = [
    { name: "long before", nowMs: notAfterMs - 15 * day, want: [] },
    {
      name: "shortly before",
      nowMs: notAfterMs - 13 * day,
      want: ["The certificate in tls_cert expires soon"],
    },
    { name: "too late", nowMs: notAfterMs, want: ["The certificate in tls_cert has expired"] },
    { name: "in 1970", nowMs: 0, want: [] },
  ];
  await using dir = await tempDir();
  const { cert, key } = await makeSelfSigned({
    names: ["mail.example"],
    notBeforeMs: 0,
    notAfterMs,
  });
  await Deno.writeTextFile(`${dir.path}/cert.pem`, cert);
  await Deno.writeTextFile(`${dir.path}/key.pem`, key);
  const config = configOf(`tls_cert ${dir.path}/cert.pem`, `tls_key ${dir.path}/key.pem`);
  for (const { name, nowMs, want } of cases) {
    await t.step(name, async () => {
      const given = deps(dir.path, { config, clock: new ManualClock(nowMs) });
      const tls = await openTls(given);
      deepStrictEqual(tls.current.names, ["mail.example"]);
      deepStrictEqual(given.log.events("warn"), want);
    });
  }
});

Deno.test("wantedNames() leaves out addresses that do not stay", () => {
  deepStrictEqual(wantedNames(configOf("host_domain old.example"), MACHINE), [
    "office.example",
    "old.example",
    "box7",
    "localhost",
    "127.0.0.1",
    "192.168.4.1",
    "fd00::2",
  ]);
});
