import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import { run } from "../../../support/peers.ts";
import { fromFileUrl } from "../../../support/process_output.ts";

const NIGHT = fromFileUrl(new URL("../../../support/summer_time_night.ts", import.meta.url));

Deno.test("mail is tried every two hours for six, whatever the clock on the wall does", async (t) => {
  const nights = [
    {
      name: "an hour that is missing",
      begin: "2026-03-29T00:30:00Z",
      zone: "Europe/Berlin",
      dates: ["Sun, 29 Mar 2026 01:30:00 +0100", "Sun, 29 Mar 2026 08:30:00 +0200"],
    },
    {
      name: "an hour that comes twice",
      begin: "2026-10-25T00:30:00Z",
      zone: "Europe/Berlin",
      dates: ["Sun, 25 Oct 2026 02:30:00 +0200", "Sun, 25 Oct 2026 07:30:00 +0100"],
    },
    {
      name: "half an hour that is missing",
      begin: "2026-10-03T15:00:00Z",
      zone: "Australia/Lord_Howe",
      dates: ["Sun, 4 Oct 2026 01:30:00 +1030", "Sun, 4 Oct 2026 08:00:00 +1100"],
    },
  ];
  for (const { name, begin, zone, dates } of nights) {
    await t.step(name, async () => {
      const args = ["run", "-A", NIGHT, String(Date.parse(begin))];
      const { code, stdout, stderr } = await run(Deno.execPath(), args, { env: { TZ: zone } });
      strictEqual(code, 0, stderr);
      equal(JSON.parse(stdout), {
        triedHours: [0, 2, 4, 6],
        dates: [`Arrival-Date: ${dates[0]}`, `Last-Attempt-Date: ${dates[1]}`],
      });
    });
  }
});
