import {
  type Command,
  type CommandCall,
  defaultConfigPath,
  EXIT,
  parseCommandLine,
} from "./command.ts";
import { nearest } from "../formats/did_you_mean.ts";
import { VERSION } from "./version.ts";
import { reasonInWords } from "../platform/mod.ts";
import type { World } from "./world.ts";

/** Other names the program answers to, and the command each stands for. */
const NAMES: Readonly<Record<string, string>> = {
  dpop: "serve",
  dsmtp: "serve",
  popfetch: "popfetch",
  sendmail: "sendmail",
  tellpop: "tellpop",
  tellsmtp: "tellsmtp",
};

/**
 * Runs the program: finds the command by the name the program was called by, or by the first word.
 *
 * @returns The exit code.
 */
export async function runProgram(
  { calledAs, words, commands, world }: {
    calledAs: string;
    words: readonly string[];
    commands: readonly Command[];
    world: World;
  },
): Promise<number> {
  const { terminal } = world;
  const linked = NAMES[calledAs.toLowerCase()];
  const [first, ...rest] = linked === undefined ? words : [linked, ...words];
  if (first === undefined || isOneOf(first, "help", "--help", "-h", "-help")) {
    terminal.line(overview(commands));
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  if (isOneOf(first, "version", "--version", "-version", "-v")) {
    terminal.line(`dmail ${VERSION}`);
    return EXIT.done;
  }
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    const meant = nearest(first, commands.map(({ name }) => name));
    const advice = meant === undefined ? "dmail --help lists them" : `did you mean ${meant}?`;
    terminal.error(`dmail: There is no command ${first}; ${advice}`);
    return EXIT.usage;
  }
  return await runCommand(command, rest, world);
}

async function runCommand(
  command: Command,
  words: readonly string[],
  world: World,
): Promise<number> {
  const parsed = command.raw
    ? { kind: "call" as const, call: rawCall(words, world) }
    : parseCommandLine(command, words, world);
  switch (parsed.kind) {
    case "help":
      world.terminal.line(command.help.trimEnd());
      world.terminal.line(command.usesConfig ? `\n${CONFIG_HELP}\n${HELP_HELP}` : `\n${HELP_HELP}`);
      return EXIT.done;
    case "wrong":
      world.terminal.error(
        `dmail ${command.name}: ${parsed.message}; dmail ${command.name} --help tells more`,
      );
      return EXIT.usage;
    case "call":
      return await guarded(command, () => command.run(parsed.call), world);
  }
}

/** All words as arguments, for a command that reads them itself. */
function rawCall(words: readonly string[], world: World): CommandCall {
  return {
    args: words,
    configPath: defaultConfigPath(world),
    world,
    flag: () => false,
    option: () => undefined,
  };
}

/** What nobody foresaw is still one sentence for the person; the stack is for `DMAIL_DEBUG`. */
async function guarded(
  command: Command,
  run: () => Promise<number>,
  { terminal, machine }: World,
): Promise<number> {
  try {
    return await run();
  } catch (error) {
    terminal.error(
      `dmail ${command.name}: ${reasonInWords(error)}`,
    );
    if (machine.environment("DMAIL_DEBUG") && error instanceof Error) {
      terminal.error(error.stack ?? "");
    }
    return EXIT.failed;
  }
}

const CONFIG_HELP = "  -i FILE   the configuration (default /etc/dmail.conf)";
const HELP_HELP = "  --help    this text";

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `dmail ${VERSION}: a mail server for places with a thin line

Usage: dmail <command> [options]

${rows.join("\n")}

dmail <command> --help tells more about each. Called through a link named
${Object.keys(NAMES).join(", ")} the program is that command.`;
}

function isOneOf(word: string, ...words: readonly string[]): boolean {
  return words.includes(word);
}
