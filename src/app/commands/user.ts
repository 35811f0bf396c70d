import type { UserAdmin } from "../../domain/accounts/mod.ts";
import { openLogs } from "../../platform/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { openAccounts } from "../core.ts";
import { configuredAsOwner } from "./configured.ts";

/** `dmail user`: accounts in the built-in database. */
export const user: Command = {
  name: "user",
  summary: "add, delete and list users, set a password",
  help: `Usage: dmail user add NAME [-i FILE]
       dmail user passwd NAME
       dmail user delete NAME
       dmail user list

add and passwd ask for the password on the terminal, or read it from standard
input if that is not a terminal. A running server sees the change at once.
delete removes the account; the mail stays in the drop file.`,
  flags: [],
  options: [],

  async run(call) {
    const [action = "", name, ...rest] = call.args;
    const act = ACTIONS[action];
    if (act === undefined || rest.length > 0 || (name === undefined) !== (action === "list")) {
      call.world.terminal.error("dmail user: That is not how it is used; see dmail user --help");
      return EXIT.usage;
    }
    const usable = await configuredAsOwner(call);
    if (usable === undefined) return EXIT.failed;
    const { config } = usable;
    const { world } = call;
    await using logs = openLogs({ ...config.logs, clock: world.clock, keepRecent: 0 });
    const { users } = await openAccounts({ config: () => config, logs, world });
    return await act(call, users, name ?? "");
  },
};

type Action = (call: CommandCall, users: UserAdmin, name: string) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = {
  async add(call, users, name) {
    const password = await askPassword(call);
    if (password === undefined) return EXIT.failed;
    const result = await users.addUser(name, password);
    switch (result.kind) {
      case "added":
        return done(call, `Added ${result.user}`);
      case "already exists":
        return failed(call, `There is a user ${result.user} already; passwd changes the password`);
      case "invalid":
        return failed(call, result.reason);
    }
  },

  async passwd(call, users, name) {
    const password = await askPassword(call);
    if (password === undefined) return EXIT.failed;
    const result = await users.setPassword(name, password);
    switch (result.kind) {
      case "changed":
        return done(call, `Changed the password of ${result.user}`);
      case "no such user":
        return failed(call, `There is no user ${result.user}`);
      case "invalid":
        return failed(call, result.reason);
    }
  },

  async delete(call, users, name) {
    const result = await users.deleteUser(name);
    return result.kind === "deleted"
      ? done(call, `Deleted ${result.user}; the mail is still there`)
      : failed(call, `There is no user ${result.user}`);
  },

  async list(call, users) {
    for (const name of await users.listUsers()) call.world.terminal.line(name);
    return EXIT.done;
  },
};

/** Asks twice on a terminal: what is typed cannot be seen. */
async function askPassword(call: CommandCall): Promise<string | undefined> {
  const { terminal } = call.world;
  const password = await terminal.readSecret("Password: ");
  if (password === undefined || password === "") {
    terminal.error("dmail user: No password was given");
    return undefined;
  }
  if (terminal.asksPerson && await terminal.readSecret("Again: ") !== password) {
    terminal.error("dmail user: The passwords differ; nothing was changed");
    return undefined;
  }
  return password;
}

function done({ world: { terminal } }: CommandCall, text: string): number {
  terminal.line(text);
  return EXIT.done;
}

function failed({ world: { terminal } }: CommandCall, text: string): number {
  terminal.error(`dmail user: ${text}`);
  return EXIT.failed;
}
