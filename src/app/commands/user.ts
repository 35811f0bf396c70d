import type { UserAdmin } from "../../domain/accounts/mod.ts";
import { openLogs } from "../../platform/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { openAccounts } from "../core.ts";
import { askPassword } from "./ask_password.ts";
import { configuredAsOwner } from "./configured.ts";

/** `dmail user`: accounts in the built-in database. */
export const user: Command = {
  name: "user",
  summary: "add, delete and list users, set a password",
  help: `Usage: dmail user add NAME [-i FILE]
       dmail user passwd NAME
       dmail user delete NAME
       dmail user list

NAME is as in bob, or bob@shop.example for a user of a virtual domain.
add and passwd ask for the password on the terminal, or read it from standard
input if that is not a terminal. A running server sees the change at once.
delete removes the account; the mail stays in the drop file.`,
  flags: [],
  options: [],
  maxWords: 2,
  usesConfig: true,

  async run(call) {
    const [action = "", name] = call.args;
    const act = ACTIONS[action];
    const complaint = act === undefined
      ? "Write add, passwd, delete or list"
      : action === "list" && name !== undefined
      ? `It does not take the word ${name}`
      : action !== "list" && name === undefined
      ? `Give a name, as in dmail user ${action} anna`
      : undefined;
    if (act === undefined || complaint !== undefined) {
      call.world.terminal.error(`dmail user: ${complaint}; dmail user --help tells more`);
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
    // Nobody shall think of a password in vain.
    const known = (await users.listUsers()).includes(name.toLowerCase());
    if (known) return failed(call, exists(name.toLowerCase()));
    const password = await askPassword(call.world, "dmail user", "Password: ");
    if (password === undefined) return EXIT.failed;
    const result = await users.addUser(name, password);
    switch (result.kind) {
      case "added":
        return done(call, `Added ${nameAndUser(name, result.user)}`);
      case "already exists":
        return failed(call, exists(result.user));
      case "invalid":
        return failed(call, result.reason);
    }
  },

  async passwd(call, users, name) {
    const password = await askPassword(call.world, "dmail user", "Password: ");
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

function exists(user: string): string {
  return `There is a user ${user} already; dmail user passwd ${user} changes the password`;
}

function done({ world: { terminal } }: CommandCall, text: string): number {
  terminal.line(text);
  return EXIT.done;
}

function failed({ world: { terminal } }: CommandCall, text: string): number {
  terminal.error(`dmail user: ${text}`);
  return EXIT.failed;
}

/** What was asked for, and under which name it is kept if that is another one. */
function nameAndUser(name: string, user: string): string {
  return name.toLowerCase() === user ? user : `${name}, kept as ${user}`;
}
