import type { LogLevel, LogProgram } from "../../platform/mod.ts";
import { type Command, type CommandCall, EXIT } from "../command.ts";
import { configuredAsOwner } from "./configured.ts";
import { askPassword } from "./ask_password.ts";
import { ManagerPassword } from "../manager_password.ts";
import { mustAskRunning } from "./running.ts";

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** What both `tellsmtp` and `tellpop` know, and how each is carried out. */
type Action = (call: CommandCall, args: readonly string[]) => Promise<number>;

/** One word of {@linkcode tellCommand}, with its help. */
interface Word {
  readonly help: string;
  readonly act: Action;
}

/** Words that may be abbreviated as long as they cannot be mistaken (A26). */
function findWord(words: Readonly<Record<string, Word>>, typed: string): Word | string {
  const exact = words[typed];
  if (exact !== undefined) return exact;
  const meant = Object.keys(words).filter((name) => name.startsWith(typed));
  const [only] = meant;
  if (meant.length === 1 && only !== undefined) return words[only] ?? `Unknown command ${typed}`;
  return meant.length === 0
    ? `Unknown command ${typed}`
    : `${typed} may mean ${meant.join(" or ")}; write more of it`;
}

function plain(command: string, help: string): Word {
  return { help, act: (call, args) => mustAskRunning(call, { command, args }) };
}

function logLevel(program: LogProgram): Word {
  return {
    help: `log_level LEVEL  log more or less until the next reload: ${LEVELS.join(", ")}`,
    async act(call, args) {
      const [level] = args as readonly LogLevel[];
      if (level === undefined || !LEVELS.includes(level) || args.length > 1) {
        call.world.terminal.error(`Write one of ${LEVELS.join(", ")} after log_level`);
        return EXIT.usage;
      }
      return await mustAskRunning(call, { command: "log_level", args: [program, level] });
    },
  };
}

/** Sets it in the file, so that it can be done before the first start. */
const password: Word = {
  help: "password [WORD]  set the manager password; asks for it if it is not given, so that it\n" +
    "                   stands neither in the list of processes nor in the shell's history",
  async act(call, [given, ...rest]) {
    const { terminal } = call.world;
    if (rest.length > 0) {
      terminal.error("Write one password, in quotes if it has blanks");
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

function tellCommand(
  { name, summary, words }: {
    readonly name: string;
    readonly summary: string;
    readonly words: Readonly<Record<string, Word>>;
  },
): Command {
  const helpTexts = Object.values(words).map(({ help }) => `  ${help}`).join("\n");
  return {
    name,
    summary,
    help: `Usage: dmail ${name} COMMAND [-i FILE]\n\n${helpTexts}\n
Commands may be abbreviated as long as they cannot be mistaken.`,
    flags: [],
    options: [],
    maxWords: 4,
    usesConfig: true,

    async run(call) {
      const [typed, ...args] = call.args;
      const word = findWord(words, typed ?? "");
      if (typed === undefined || typeof word === "string") {
        const complaint = typed === undefined || typeof word !== "string" ? "No command" : word;
        call.world.terminal.error(`dmail ${name}: ${complaint}; dmail ${name} --help lists them`);
        return EXIT.usage;
      }
      return await word.act(call, args);
    },
  };
}

/** `dmail tellsmtp`: the original's commands for DSMTP (C12, C13, C16, C17). */
export const tellsmtp: Command = tellCommand({
  name: "tellsmtp",
  summary: "tell the SMTP server to reload, report, log more, stop",
  words: {
    reload: plain("reload", "reload           read the configuration again"),
    status: plain("status", "status           how the server is"),
    config: plain(
      "config",
      "config [NAME]    the value of a setting and where it is set, or of all",
    ),
    log_level: logLevel("dsmtp"),
    shutdown: plain("shutdown", "shutdown         let what is under way come to its end, and stop"),
  },
});

/** `dmail tellpop`: the original's commands for DPOP (C1, C2, C6, C7, C10). */
export const tellpop: Command = tellCommand({
  name: "tellpop",
  summary: "tell the POP3 server to reload, report, log more, stop",
  words: {
    reload: plain("reload", "reload           read the configuration again"),
    status: plain("status", "status           how the server is"),
    password,
    log_level: logLevel("dpop"),
    shutdown: plain("shutdown", "shutdown         let what is under way come to its end, and stop"),
  },
});
