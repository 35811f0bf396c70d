import { match, strictEqual } from "node:assert/strict";
import type { Appliance } from "../../../../src/app/appliance.ts";
import { controlHandler } from "../../../../src/app/control/handler.ts";

Deno.test("controlHandler() knows no command that every object has", async (t) => {
  for (const command of ["constructor", "toString", "__proto__"]) {
    await t.step(command, async () => {
      const said: string[] = [];
      const reply = {
        text: (text: string) => Promise.resolve(void said.push(text)),
        event: () => Promise.resolve(),
      };
      const handle = controlHandler({} as Appliance);
      const { signal } = new AbortController();
      strictEqual(await handle({ command, args: [] }, reply, signal), 2);
      match(said.join(), /does not know/);
    });
  }
});
