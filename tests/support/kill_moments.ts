import type { SeededRandom } from "./seeded_random.ts";
import { pause } from "./eventually.ts";
import type { WatchedLine } from "./watched_line.ts";

/** When a process is killed. Each kind strikes other steps of its work. */
export type KillMoment =
  /** So long after its start: while it recovers from the kill before. */
  | { readonly kind: "after start"; readonly ms: number }
  /** At the n-th change that it makes on the disk once it works. */
  | { readonly kind: "at disk change"; readonly number: number }
  /** Before the n-th such command goes out on the line. */
  | { readonly kind: "before command"; readonly verb: string; readonly number: number }
  /** After the n-th such command has gone out, before its reply. */
  | { readonly kind: "after command"; readonly verb: string; readonly number: number };

/** Chooses moments; `verbs` are the commands of the line, with how many of each there may be. */
export function killMoments(
  count: number,
  random: SeededRandom,
  verbs: Readonly<Record<string, number>>,
): KillMoment[] {
  const commands = Object.entries(verbs);
  return Array.from({ length: count }, (): KillMoment => {
    const draw = random.number();
    if (draw < 0.1) return { kind: "after start", ms: random.upTo(900) };
    if (draw < 0.6 || commands.length === 0) {
      return { kind: "at disk change", number: 1 + random.upTo(60) };
    }
    const [verb, most] = random.pick(commands);
    const kind = random.upTo(2) === 0 ? "before command" : "after command";
    return { kind, verb, number: 1 + random.upTo(most) };
  });
}

/**
 * Calls `strike` at a moment, in the same turn in which it is noticed. Resolves to true when it has
 * struck, to false if `done` was aborted before the moment came.
 */
export async function strikeAt(
  moment: KillMoment,
  { strike, directories, line, done }: {
    readonly strike: () => void;
    /** Where changes on the disk are looked for. */
    readonly directories: readonly string[];
    readonly line?: WatchedLine;
    readonly done: AbortSignal;
  },
): Promise<boolean> {
  switch (moment.kind) {
    case "after start":
      await pause(moment.ms, done);
      if (!done.aborted) strike();
      return !done.aborted;
    case "at disk change":
      return await atDiskChange(moment.number, directories, strike, done);
    case "before command":
    case "after command":
      if (line === undefined) throw new TypeError("There is no line to watch");
      return await atCommand(moment, line, strike, done);
  }
}

async function atDiskChange(
  number: number,
  directories: readonly string[],
  strike: () => void,
  done: AbortSignal,
): Promise<boolean> {
  using watcher = Deno.watchFs([...directories]);
  const stop = () => watcher.close();
  done.addEventListener("abort", stop, { once: true });
  let left = number;
  try {
    for await (const { kind } of watcher) {
      if (kind === "access" || --left > 0) continue;
      strike();
      return true;
    }
    return false;
  } finally {
    done.removeEventListener("abort", stop);
  }
}

async function atCommand(
  { kind, verb, number }: KillMoment & { verb: string; number: number },
  line: WatchedLine,
  strike: () => void,
  done: AbortSignal,
): Promise<boolean> {
  const struck = Promise.withResolvers<boolean>();
  let left = number;
  line.onCommand = (command) => {
    if (!command.toUpperCase().startsWith(verb) || --left !== 0) return "pass";
    if (kind === "before command") strike();
    // Past this turn the command has gone out.
    else queueMicrotask(strike);
    struck.resolve(true);
    return kind === "before command" ? "cut" : "pass";
  };
  const result = await Promise.race([struck.promise, aborted(done).then(() => false)]);
  line.onCommand = () => "pass";
  return result;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
