import { ok } from "node:assert/strict";
import { RUNTIME_FLAGS } from "../../../tools/runtime_flags.ts";

Deno.test("the start task runs the program with the flags of the finished one", async () => {
  const { tasks } = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  for (const flag of RUNTIME_FLAGS) ok(tasks.start.includes(` ${flag} `), flag);
});
