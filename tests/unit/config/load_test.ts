import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { formatProblem, loadConfig } from "../../../src/config/mod.ts";
import { diskFiles, type Machine } from "../../../src/platform/mod.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { NEEDED_LINES } from "../../support/config_text.ts";
import { installed } from "../../support/peers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const machine: Machine = {
  os: "unix",
  hostname: "box",
  environment: () => undefined,
  userName: () => undefined,
  addresses: () => [],
};

function load(path: string) {
  return loadConfig({ path, files: diskFiles(), machine, version: "1.0.0" });
}

Deno.test("loadConfig() reads a file with what it includes", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/dmail.conf`;
  await Deno.writeTextFile(path, [...NEEDED_LINES, "#include ports.conf"].join("\r\n"));
  await Deno.writeTextFile(`${dir.path}/ports.conf`, "\uFEFFpop_port 1110\n");
  const result = await load(path);
  assertEquals(result.problems, []);
  if (result.kind === "bad") throw new Error("It is bad");
  assertEquals(result.config.files, [path, `${dir.path}/ports.conf`]);
  strictEqual(result.config.value("pop_port"), 1110);
  strictEqual(result.config.setting("pop_port")?.source, `${dir.path}/ports.conf:1`);
  strictEqual(result.config.smtpd.version, "1.0.0");
});

Deno.test("loadConfig() gives no configuration at all if one line of one file is bad", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/dmail.conf`;
  await Deno.writeTextFile(
    path,
    [...NEEDED_LINES, "#include ports.conf", "smpt_port 1"].join("\n"),
  );
  await Deno.writeTextFile(`${dir.path}/ports.conf`, "\npop_port many\n");
  const result = await load(path);
  strictEqual(result.kind, "bad");
  assertEquals(result.problems.map(({ file, line, severity }) => [file, line, severity]), [
    [path, 7, "warning"],
    [`${dir.path}/ports.conf`, 2, "error"],
  ]);
});

Deno.test("loadConfig() says one thing about a file that is not there", async () => {
  await using dir = await tempDir();
  const result = await load(`${dir.path}/dmail.conf`);
  strictEqual(result.kind, "bad");
  assertEquals(result.problems.map(({ line }) => line), [0]);
});

Deno.test({
  name: "loadConfig() warns about a file with passwords that everybody may read",
  ignore: Deno.build.os === "windows",
  async fn(t) {
    const cases = [
      { mode: 0o644, line: "pf_user bob secret 127.0.0.1", warns: true },
      { mode: 0o640, line: "pf_user bob secret 127.0.0.1", warns: false },
      { mode: 0o644, line: "robot_defaultuser nobody", warns: false },
      { mode: 0o644, line: "robot_defaultuser ROBOT_USR robot_usr", warns: true },
      { mode: 0o644, line: "pop_port 110", warns: false },
    ];
    for (const { mode, line, warns } of cases) {
      await t.step(`${line} at ${mode.toString(8)}`, async () => {
        await using dir = await tempDir();
        const path = `${dir.path}/dmail.conf`;
        await Deno.writeTextFile(
          path,
          [...NEEDED_LINES, "ras_timer 5", "#include p.conf"].join("\n"),
        );
        await Deno.writeTextFile(`${dir.path}/p.conf`, `\n${line}\n`);
        await Deno.chmod(`${dir.path}/p.conf`, mode);
        const problems = (await load(path)).problems.map(formatProblem);
        const told = problems.filter((problem) => problem.includes("Everybody"));
        strictEqual(told.length, warns ? 1 : 0, problems.join("\n"));
        if (warns) match(told[0] ?? "", /p\.conf:2: warning: Everybody .*chmod o-r/);
      });
    }
  },
});

Deno.test("loadConfig() warns of what is set and has no effect, once a setting", async () => {
  await using dir = await tempDir();
  const path = `${dir.path}/dmail.conf`;
  await Deno.writeTextFile(
    path,
    [
      ...NEEDED_LINES,
      "dlist_domain lists.example",
      "drop_users anna",
      "drop_users bob",
    ]
      .join("\n"),
  );
  const { kind, problems } = await load(path);
  strictEqual(kind, "ok");
  const first = NEEDED_LINES.length + 1;
  assertEquals(problems.map(({ line, severity }) => [line, severity]), [
    [first, "warning"],
    [first + 1, "warning"],
  ]);
  match(problems[0]?.message ?? "", /dlist_domain has no effect in this version/);
});

Deno.test({
  name: "loadConfig() looks into the files of tls_cert and tls_key",
  ignore: !installed("openssl") || Deno.build.os === "windows",
  async fn(t) {
    await using dir = await tempDir();
    const { certFile, keyFile } = await makeCertificate(dir.path);
    await Deno.chmod(keyFile, 0o600);
    const path = `${dir.path}/dmail.conf`;
    const cases = [
      { name: "a pair", cert: certFile, key: keyFile, want: [] },
      {
        name: "a file that is not there",
        cert: "/nowhere",
        key: keyFile,
        want: [
          `${path}:6: tls_cert: there is no file /nowhere: name a PEM file, a certificate`,
        ],
      },
      {
        name: "a key that is none",
        cert: certFile,
        key: certFile,
        want: [
          `${path}:7: tls_key: it holds no private key, expected ` +
          "-----BEGIN PRIVATE KEY-----: name a PEM file, a private key",
        ],
      },
    ];
    for (const { name, cert, key, want } of cases) {
      await t.step(name, async () => {
        const lines = [...NEEDED_LINES, `tls_cert ${cert}`, `tls_key ${key}`];
        await Deno.writeTextFile(path, lines.join("\n"), { mode: 0o600 });
        assertEquals((await load(path)).problems.map(formatProblem), want);
      });
    }
    await t.step("a key that everybody may read", async () => {
      await Deno.chmod(keyFile, 0o644);
      const lines = [...NEEDED_LINES, `tls_cert ${certFile}`, `tls_key ${keyFile}`];
      await Deno.writeTextFile(path, lines.join("\n"), { mode: 0o600 });
      match((await load(path)).problems.map(formatProblem).join(), /:7: .*may read it: take/);
    });
  },
});
