import { type Command, EXIT } from "../command.ts";
import { queueAsking } from "./queue.ts";
import { ask } from "./tell/ask.ts";
import { password } from "./tell/password.ts";
import { isScript, play } from "./tell/script.ts";
import { findTarget } from "./tell/target.ts";
import { complaintAbout, findWord, logLevel, plain, type Word, type Words } from "./tell/word.ts";

/** Column of what a command does. */
const INDENT = 19;

const SCRIPT_HELP = `
  FILE.msc         send the lines of a script to the SMTP server, each when it
                   has replied to the one before, and show the dialogue; -n and
                   -p say which server (default: that of the configuration)
`;

const RELOAD = plain("reload", "read the configuration again");
const SHUTDOWN = plain("shutdown", "let what is under way come to its end, and stop");
const CONFIG = plain("config", "the value of a setting and where it is set, or of all", {
  takes: "[NAME]",
});

const QUEUE: Word = {
  takes: "[ACTION…]",
  help: "list, show, flush, hold, release, requeue or delete what\nwaits, as dmail queue does",
  async act(call, args, target) {
    const asking = queueAsking(call, args);
    return asking === undefined ? EXIT.usage : await ask(call, target, asking);
  },
};

const QUIET: Word = {
  takes: "",
  help: "log errors alone until the next reload",
  act: (call, _args, target) =>
    ask(call, target, { command: "log_level", args: ["dsmtp", "error"] }),
};

/** The original was licensed to its users; this product is free. */
const REGISTER: Word = {
  takes: "",
  help: "nothing: dmail needs no registration",
  act({ world: { terminal } }) {
    terminal.line("dmail needs no registration; there is nothing to do");
    return Promise.resolve(EXIT.done);
  },
};

const SMTP_WORDS: Words = {
  reload: RELOAD,
  status: plain("status", "how the servers are, and which queue files are in use"),
  config: CONFIG,
  filters: plain("filters", "the rules of msg_filter, by the numbers that the log names"),
  showchans: plain("showchans", "who is connected, and what they are doing"),
  bans: plain("bans", "addresses that are kept out for what they did"),
  unban: plain("unban", "let an address in again", { takes: "ADDRESS" }),
  queue: QUEUE,
  showsend: plain("showsend", "what is being sent into the world at this moment"),
  sendlog: plain("sendlog", "the last log lines about mail for the world"),
  suspend: plain("suspend", "send nothing out until resume, also after a restart"),
  resume: plain("resume", "send again"),
  monitors: plain("monitors", "show what is logged, as it happens, until interrupted", {
    endless: true,
  }),
  profile: plain("profile", "memory and processor time used so far"),
  log_level: logLevel("dsmtp"),
  quiet: QUIET,
  clear_cache_all: plain("clear_cache_all", "forget logins that are remembered to save work"),
  register: REGISTER,
  shutdown: SHUTDOWN,
};

const POP_WORDS: Words = {
  reload: RELOAD,
  status: plain("status", "how the servers are"),
  config: CONFIG,
  password,
  log_level: logLevel("dpop"),
  shutdown: SHUTDOWN,
};

/** `dmail tellsmtp`: the original's commands for DSMTP (C12-C18, inventory 2.7). */
export const tellsmtp: Command = tellCommand({
  name: "tellsmtp",
  summary: "tell the SMTP server to reload, report, suspend, stop; play a script",
  words: SMTP_WORDS,
});

/** `dmail tellpop`: the original's commands for DPOP (C1, C2, C6, C7, C10). */
export const tellpop: Command = tellCommand({
  name: "tellpop",
  summary: "tell the POP3 server to reload, report, log more, stop",
  words: POP_WORDS,
});

function tellCommand(
  { name, summary, words: own }: {
    readonly name: "tellsmtp" | "tellpop";
    readonly summary: string;
    readonly words: Words;
  },
): Command {
  const playsScripts = name === "tellsmtp";
  const words: Words = {
    ...own,
    help: {
      takes: "",
      help: "this text",
      act: (call) => Promise.resolve(call.world.terminal.line(help)).then(() => EXIT.done),
    },
  };
  const help = helpOf(name, words);
  return {
    name,
    summary,
    help,
    flags: playsScripts ? ["json"] : [],
    options: ["n", "p"],
    maxWords: 4,
    usesConfig: true,

    async run(call) {
      const [typed, ...args] = call.args;
      const wrong = (complaint: string) => {
        const advice = complaint.endsWith("?") ? "" : `; dmail ${name} --help tells more`;
        call.world.terminal.error(`dmail ${name}: ${complaint}${advice}`);
        return EXIT.usage;
      };
      if (typed === undefined) return wrong("No command");
      if (playsScripts && isScript(typed)) return await play(call, typed);
      const found = findWord(words, typed);
      if (found.kind === "not found") return wrong(found.complaint);
      const complaint = complaintAbout(found.word, found.name, args);
      if (complaint !== undefined) return wrong(complaint);
      const target = await findTarget(call, { usesDpopHost: !playsScripts });
      if (target.kind === "unclear") return wrong(target.complaint);
      return await found.word.act(call, args, target);
    },
  };
}

function helpOf(name: "tellsmtp" | "tellpop", words: Words): string {
  const lines = Object.entries(words).map(([word, { takes, help }]) => {
    const usage = `  ${word} ${takes}`.trimEnd();
    const about = help.replaceAll("\n", `\n${" ".repeat(INDENT)}`);
    return usage.length < INDENT
      ? usage.padEnd(INDENT) + about
      : `${usage}\n${" ".repeat(INDENT)}${about}`;
  });
  const scripts = name === "tellsmtp" ? SCRIPT_HELP : "";
  return `Usage: dmail ${name} COMMAND [-n HOST] [-p PORT] [-i FILE]\n\n${lines.join("\n")}
${scripts}
Commands may be abbreviated as long as they cannot be mistaken.

  -n HOST   talk to the dmail of another machine, which needs a manager_port;
            asks for the manager password, or takes it from TELL_PASSWORD
  -p PORT   that port (default: manager_port of the configuration here)`;
}
