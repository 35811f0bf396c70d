import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { setUpOffice } from "../support/appliance.ts";
import { tempDir } from "../support/temp_dir.ts";

/** The user nobody, who has a number on every Debian. */
const NOBODY = 65534;

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

async function ownersBelow(path: string): Promise<Set<number | null>> {
  const owners = new Set<number | null>();
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    owners.add((await Deno.stat(`${path}/${name}`)).uid);
    if (isDirectory) {
      for (const owner of await ownersBelow(`${path}/${name}`)) owners.add(owner);
    }
  }
  return owners;
}

Deno.test({
  name: "what root's commands write belongs to the server's user",
  ignore: !isRoot,
  async fn(t) {
    await using directory = await tempDir();
    await Deno.chmod(directory.path, 0o755);
    const office = await setUpOffice(directory.path, ["pf_user a b 127.0.0.1:9 tls=none"]);
    const home = `${directory.path}/home`;
    await Deno.mkdir(home);
    await Deno.chown(home, NOBODY, NOBODY);
    // None of these exists yet: the nearest directory above them tells whose they will be.
    await office.configure([
      ...[`work_path ${home}/work`, `drop_path ${home}/drop`, `dsmtp_path ${home}`],
      ...[`log_path ${home}/log`, "pf_user a b 127.0.0.1:9 tls=none", "pf_retry_delay 0"],
    ]);
    const cases = [
      { args: ["user", "add", "bob"], stdin: "secret\n", code: 0 },
      { args: ["tellpop", "password"], stdin: "secret\n", code: 0 },
      { args: ["explain", "bob@office.example"], stdin: "", code: 0 },
      { args: ["popfetch", "-once"], stdin: "", code: 1 },
    ];
    for (const { args, stdin, code } of cases) {
      await t.step(args.join(" "), async () => {
        const ended = await office.dmail(args, stdin);
        strictEqual(ended.code, code, ended.stderr);
        assertEquals(await ownersBelow(home), new Set([NOBODY]));
      });
    }
    match((await office.dmail(["user", "list"])).stdout, /^bob$/m);
  },
});
