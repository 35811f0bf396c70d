import { parseArgs } from "@std/cli/parse-args";
import type { World } from "./world.ts";

/** Exit codes of every command (sysexits apart): done, failed, wrong usage. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

/** One `dmail <command>`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `--help` prints, without the options that every command has. */
  readonly help: string;
  /** Options without a value. */
  readonly flags: readonly string[];
  /** Options with a value. */
  readonly options: readonly string[];
  /** How many words it takes beside its options. */
  readonly maxWords: number;
  /** Whether it reads the configuration, so that `-i` means something. */
  readonly usesConfig: boolean;
  /** True if it reads all its words itself; they are its arguments then, options too. */
  readonly raw?: true;
  /** Resolves to the exit code. */
  run(call: CommandCall): Promise<number>;
}

/** How a command was called. */
export interface CommandCall {
  readonly args: readonly string[];
  readonly configPath: string;
  readonly world: World;
  flag(name: string): boolean;
  option(name: string): string | undefined;
}

/** What a command line says, or what is wrong with it. */
export type ParsedCommandLine =
  | { readonly kind: "call"; readonly call: CommandCall }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

/**
 * Reads the words behind a command's name. Single-dash and double-dash forms are the same
 * (`-once`, `--once`), and options may stand before or after arguments.
 */
export function parseCommandLine(
  command: Pick<Command, "flags" | "options" | "maxWords">,
  words: readonly string[],
  world: World,
): ParsedCommandLine {
  const names = [...command.options, "config"];
  const unknown: string[] = [];
  const parsed = parseArgs(doubleDashed(words), {
    boolean: [...command.flags, "help"],
    string: [...names, "_"],
    collect: names,
    alias: { config: "i", help: "h" },
    unknown(word: string, key?: string) {
      if (key !== undefined) unknown.push(word);
      return key === undefined;
    },
  }) as { _: string[]; [name: string]: unknown };
  const valuesOf = (name: string) => (parsed[name] ?? []) as readonly string[];

  if (parsed.help === true) return { kind: "help" };
  if (unknown.length > 0) return { kind: "wrong", message: `Unknown option ${unknown[0]}` };
  for (const name of names) {
    const written = name === "config" ? "-i" : name.length === 1 ? `-${name}` : `--${name}`;
    if (valuesOf(name).includes("")) {
      return { kind: "wrong", message: `Option ${written} needs a value` };
    }
    if (valuesOf(name).length > 1) {
      return { kind: "wrong", message: `Option ${written} was given more than once` };
    }
  }
  const tooMany = parsed._[command.maxWords];
  if (tooMany !== undefined) {
    return { kind: "wrong", message: `It does not take the word ${tooMany}` };
  }
  return {
    kind: "call",
    call: {
      args: parsed._,
      configPath: valuesOf("config")[0] ?? defaultConfigPath(world),
      world,
      flag: (name) => parsed[name] === true,
      option: (name) => valuesOf(name)[0],
    },
  };
}

/** Where the configuration is if `-i` does not say (F1). */
export function defaultConfigPath({ machine }: Pick<World, "machine">): string {
  if (machine.os === "unix") return "/etc/dmail.conf";
  return `${machine.environment("SystemRoot") ?? "C:\\Windows"}\\system32\\dmail.conf`;
}

/** `-once` as `--once`; `-i` and `-h` stay, and so does everything behind `--`. */
function doubleDashed(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  return words.map((word, index) =>
    (end < 0 || index < end) && /^-[A-Za-z]{2}/.test(word) ? `-${word}` : word
  );
}
