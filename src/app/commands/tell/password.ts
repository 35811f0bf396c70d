import { EXIT } from "../../command.ts";
import { ManagerPassword } from "../../manager_password.ts";
import { askPassword } from "../ask_password.ts";
import { configuredAsOwner } from "../configured.ts";
import type { Word } from "./word.ts";

/**
 * Sets the manager password (C7) in the file, so that it can be done before the first start. Only
 * on the machine itself: whoever may read that file needs no password.
 */
export const password: Word = {
  takes: "[WORD]",
  help: "set the manager password of this machine; asks for it if not\n" +
    "given, so that it stands neither in the list of processes\n" +
    "nor in the shell's history",
  async act(call, [given], target) {
    const { terminal } = call.world;
    if (target.kind === "there") {
      terminal.error("dmail tellpop: Set the password on that machine itself, without -n");
      return EXIT.usage;
    }
    const usable = await configuredAsOwner(call);
    if (usable === undefined) return EXIT.failed;
    const secret = given ?? await askPassword(call.world, "dmail tellpop", "Manager password: ");
    if (secret === undefined) return EXIT.failed;
    const { work } = usable.config.paths;
    await call.world.files.makeDir(work);
    await new ManagerPassword(work, call.world).set(secret);
    terminal.line("The manager password is set");
    return EXIT.done;
  },
};
