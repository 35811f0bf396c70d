/** What the running appliance says of itself: the page's JSON and `tellsmtp status`. */
import { match, strictEqual } from "node:assert/strict";
import type { StatusSnapshot } from "../../src/servers/httpd/mod.ts";
import { setUpOffice } from "../support/appliance.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("serve tells its status", async (t) => {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, [
    "pf_user anna secret 127.0.0.1:9",
    "pf_user bob secret 127.0.0.1:9",
    "smpt_welcome hello",
  ]);
  await using appliance = await office.serve();
  const base = `http://127.0.0.1:${appliance.port("http")}`;
  const snapshot = async (): Promise<StatusSnapshot> =>
    await (await fetch(`${base}/status.json`)).json();

  await t.step("with as many accounts as there are pf_user lines", async () => {
    strictEqual((await snapshot()).accountsTotal, 2);
  });

  await t.step("with the severity of a problem once", async () => {
    const { problems } = await snapshot();
    const found = problems.find(({ text }) => text.includes("smpt_welcome"));
    strictEqual(found?.severity, "warning");
    match(found.text, /dmail\.conf:\d+: (?!warning)/);
    const { stdout } = await office.dmail(["tellsmtp", "status"]);
    match(stdout, /^warning +\S*dmail\.conf:\d+: (?!warning).*smpt_welcome/m);
  });

  await t.step("with the browsers that have the page open", async () => {
    const connected = async () =>
      (await snapshot()).servers.find(({ name }) => name === "http")?.sessions;
    strictEqual(await connected(), 0);
    const streams = [await fetch(`${base}/events`), await fetch(`${base}/events`)];
    strictEqual(await connected(), 2);
    for (const { body } of streams) await body?.cancel();
  });

  strictEqual(await appliance.stop(), 0);
});
