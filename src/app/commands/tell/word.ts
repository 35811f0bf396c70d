import { nearest } from "../../../formats/did_you_mean.ts";
import type { LogLevel, LogProgram } from "../../../platform/mod.ts";
import { type CommandCall, EXIT } from "../../command.ts";
import type { Asking } from "../running.ts";
import { ask } from "./ask.ts";
import type { Target } from "./target.ts";

/** What a word does with the words behind it; resolves to the exit code. */
export type Action = (
  call: CommandCall,
  args: readonly string[],
  target: Exclude<Target, { kind: "unclear" }>,
) => Promise<number>;

/** One command of tellsmtp or tellpop. */
export interface Word {
  /** The words behind its name, those that may be missing in brackets: `[NAME]`. */
  readonly takes: string;
  readonly help: string;
  readonly act: Action;
}

/** Words by name. */
export type Words = Readonly<Record<string, Word>>;

/** How finding a word went. */
export type FoundWord =
  | { readonly kind: "found"; readonly name: string; readonly word: Word }
  | { readonly kind: "not found"; readonly complaint: string };

/** Words may be abbreviated as long as they cannot be mistaken (A26); the exact name comes first. */
export function findWord(words: Words, typed: string): FoundWord {
  const wanted = typed.toLowerCase().replaceAll("-", "_");
  const meant = Object.hasOwn(words, wanted)
    ? [wanted]
    : Object.keys(words).filter((name) => name.startsWith(wanted));
  const [name = ""] = meant;
  const word = meant.length === 1 ? words[name] : undefined;
  if (word !== undefined) return { kind: "found", name, word };
  const near = nearest(wanted, Object.keys(words));
  return {
    kind: "not found",
    complaint: meant.length === 0
      ? near === undefined
        ? `Unknown command ${typed}`
        : `Unknown command ${typed}; did you mean ${near}?`
      : `${typed} may mean ${meant.join(" or ")}; write more of it`,
  };
}

/** What is wrong with the words behind a name; `undefined` if nothing is. */
export function complaintAbout(
  { takes }: Word,
  name: string,
  args: readonly string[],
): string | undefined {
  const wanted = takes === "" ? [] : takes.split(" ");
  if (wanted.at(-1)?.endsWith("…]")) return undefined;
  const missing = wanted[args.length];
  if (missing !== undefined && !missing.startsWith("[")) return `Write ${missing} behind ${name}`;
  return args.length > wanted.length
    ? `${name} does not take the word ${args[wanted.length]}`
    : undefined;
}

/** A word that the appliance knows by the same name. */
export function plain(
  command: string,
  help: string,
  { takes = "", ...more }: { readonly takes?: string } & Pick<Asking, "endless"> = {},
): Word {
  return {
    takes,
    help,
    act: (call, args, target) => ask(call, target, { command, args, ...more }),
  };
}

const LEVELS: readonly LogLevel[] = ["error", "warn", "info", "debug"];

/** Sets how much a program logs (C6, C17). */
export function logLevel(program: LogProgram): Word {
  return {
    takes: "LEVEL",
    help: `log ${LEVELS.join(", ")} until the next reload`,
    async act(call, args, target) {
      const [level] = args as readonly LogLevel[];
      if (level === undefined || !LEVELS.includes(level)) {
        call.world.terminal.error(`Write one of ${LEVELS.join(", ")} after log_level`);
        return EXIT.usage;
      }
      return await ask(call, target, { command: "log_level", args: [program, level] });
    },
  };
}
