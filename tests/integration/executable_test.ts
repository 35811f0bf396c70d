import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { pack } from "../../tools/pack/pack.ts";
import { PERMISSIONS } from "../../tools/permissions.ts";
import { RUNTIME_FLAGS } from "../../tools/runtime_flags.ts";
import { setUpOffice } from "../support/appliance.ts";
import { eventually } from "../support/eventually.ts";
import { installed, run } from "../support/peers.ts";
import { tempDir } from "../support/temp_dir.ts";

const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** Sends one message; the port and a number come as arguments. */
const SEND = `
import smtplib, sys
client = smtplib.SMTP("127.0.0.1", int(sys.argv[1]))
client.sendmail("anna@office.example", ["bob@office.example"], "Subject: hello\\r\\n\\r\\nFrom anna\\r\\n.dot\\r\\n")
client.quit()
`;

/** Prints bob's only message and deletes it. */
const COLLECT = `
import poplib, sys
client = poplib.POP3("127.0.0.1", int(sys.argv[1]))
client.user("bob"); client.pass_("bob")
print(b"\\n".join(client.retr(1)[1]).decode())
client.dele(1); client.quit()
`;

/** Builds the executable as \`deno task compile\` does, or else as \`deno task pack\` does. */
async function build(output: string): Promise<"compiled" | "packed"> {
  const compiled = await run(Deno.execPath(), [
    ...["compile", "--quiet", ...RUNTIME_FLAGS, ...PERMISSIONS, "--output", output, MAIN],
  ]);
  if (compiled.code === 0) return "compiled";
  await pack({ entry: MAIN, output });
  return "packed";
}

Deno.test({
  name: "the executable serves: a message in over SMTP, out over POP3, and a clean end",
  ignore: !installed("python3"),
  async fn(t) {
    await using directory = await tempDir();
    const path = `${directory.path}/dmail`;
    const kind = await build(path);
    console.log(`The executable under test was ${kind}`);
    const office = await setUpOffice(directory.path, [], { path, words: [] });
    await office.addUsers("anna", "bob");
    await using running = await office.serve();

    await t.step("smtplib sends, poplib collects", async () => {
      const sent = await run("python3", ["-c", SEND, String(running.port("smtp"))]);
      assertEquals([sent.code, sent.stderr], [0, ""]);
      await eventually("bob's drop file has the message", async () => {
        const drop = await Deno.readTextFile(`${office.dropPath}/bob`).catch(() => "");
        return drop.endsWith(".dot\n\n");
      });
      const collected = await run("python3", ["-c", COLLECT, String(running.port("pop3"))]);
      assertEquals([collected.code, collected.stderr], [0, ""]);
      match(collected.stdout, /^Subject: hello$/m);
      match(collected.stdout, /\n\nFrom anna\n\.dot\n$/);
    });

    await t.step("the page answers", async () => {
      const page = await fetch(`http://127.0.0.1:${running.port("http")}/`);
      strictEqual(page.status, 200);
      match(await page.text(), /office\.example/);
    });

    await t.step("links are its other names", async () => {
      for (const name of ["tellpop", "tellsmtp"]) {
        await Deno.symlink("dmail", `${directory.path}/${name}`);
        const status = await run(`${directory.path}/${name}`, ["status", "-i", office.configPath]);
        assertEquals([status.code, status.stderr], [0, ""]);
        match(status.stdout, /^pop3 +127\.0\.0\.1:\d+: 0 sessions$/m);
      }
    });

    await t.step("it shows the demo, with next to no environment", async () => {
      const { code, stdout, stderr } = await run("env", [
        ...["-i", "PATH=/usr/bin:/bin", `DMAIL_CACHE=${directory.path}/cache`],
        ...[path, "demo", "--once"],
      ]);
      assertEquals([code, stderr], [0, ""]);
      match(stdout, /All 15 messages arrived, whole and once\./);
    });

    await t.step("SIGTERM ends it with 0", async () => {
      strictEqual(await running.stop(), 0);
    });
  },
});
