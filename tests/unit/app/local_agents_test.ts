import { deepStrictEqual as equal, match, strictEqual } from "node:assert/strict";
import { openLocalAgents } from "../../../src/app/local_agents.ts";
import { parseConfig } from "../../../src/config/mod.ts";
import type { LookupResult } from "../../../src/domain/accounts/mod.ts";
import { localJob, settledBy } from "../../support/local_jobs.ts";
import { storeAt } from "../../support/maildrop_store.ts";
import { isRoot } from "../../support/root.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { testWorld } from "../../support/world.ts";

/** The agents of a server that is the user `ourUid`, with a user database that answers so. */
function agentsAt(directory: string, found: LookupResult, ourUid = 0) {
  const settings = [
    ...["host_domain here", `work_path ${directory}/work`, `drop_path ${directory}/in`],
    "authent_method nwauth",
  ];
  const result = parseConfig(settings.join("\n"));
  if (result.kind !== "ok") throw new Error("A bad configuration");
  const logs = { for: () => silentLog } as unknown as Parameters<typeof openLocalAgents>[0]["logs"];
  const world = testWorld();
  const { privileges } = world;
  return openLocalAgents({
    config: () => result.config,
    logs,
    world: { ...world, privileges: { ...privileges, uid: () => ourUid } },
    maildrops: storeAt(directory),
    accounts: { lookup: () => Promise.resolve(found) },
  });
}

const anna = (uid?: number): LookupResult => ({
  kind: "found",
  account: { user: "anna", ...(uid === undefined ? {} : { uid }) },
});

const toAnna = () => localJob("1", { kind: "maildrop", user: "anna" });

Deno.test({
  name: "a server that is root gives drop files to users whose number is known (B22)",
  ignore: !isRoot(),
  async fn(t) {
    const cases = [
      { name: "known", found: anna(1234), ourUid: 0, owner: 1234 },
      { name: "0: nobody knows (B26)", found: anna(0), ourUid: 0, owner: 0 },
      { name: "none", found: anna(), ourUid: 0, owner: 0 },
      { name: "no such user any more", found: { kind: "unknown" } as const, ourUid: 0, owner: 0 },
      { name: "not root: cannot give it away", found: anna(1234), ourUid: 120, owner: 0 },
    ];
    for (const { name, found, ourUid, owner } of cases) {
      await t.step(name, async () => {
        await using directory = await tempDir();
        const { maildrop } = agentsAt(directory.path, found, ourUid);
        equal(await settledBy(maildrop, [toAnna()]), ["1 delivered"]);
        strictEqual((await Deno.stat(`${directory.path}/in/anna`)).uid, owner);
      });
    }
  },
});

Deno.test("mail waits while the user database cannot say whose a drop file is", async () => {
  await using directory = await tempDir();
  const { maildrop } = agentsAt(directory.path, { kind: "unavailable", reason: "down" });
  match((await settledBy(maildrop, [toAnna()]))[0]!, /^1 temporary 4\.3\.0 /);
});

Deno.test({
  name: "a robot runs as the user whose it is",
  ignore: Deno.build.os !== "linux" || !isRoot(),
  async fn() {
    await using directory = await tempDir();
    const { robot } = agentsAt(directory.path, anna(1234));
    const command = "/bin/sh -c 'exit $(id -u | head -c 2)'"; // Exit codes have eight bits.
    const destination = { kind: "robot", user: "anna", domain: "here", command } as const;
    match((await settledBy(robot, [localJob("1", destination)]))[0]!, /\(exit code 12\)$/);
  },
});
