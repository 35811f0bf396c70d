import { formatProblem, loadConfig } from "../../config/mod.ts";
import { printable } from "../../formats/words.ts";
import { askControl, type ControlAnswer } from "../../servers/control/mod.ts";
import { controlPath } from "../appliance.ts";
import { type CommandCall, EXIT } from "../command.ts";
import { VERSION } from "../version.ts";

/** What a command asks of the running appliance. */
export interface Asking {
  readonly command: string;
  readonly args: readonly string[];
  readonly event?: (event: unknown) => void;
  /** Whether it goes on until somebody interrupts it. */
  readonly endless?: boolean;
  /** Whether what it says is shown to nobody: cron sends home whatever a program says. */
  readonly isSilent?: boolean;
}

/** Asks the appliance that works in `workPath`; its words go to standard output. */
export function askRunning(
  { world: { signals, sockets, terminal } }: CommandCall,
  workPath: string,
  { command, args, event, isSilent = false }: Asking,
): Promise<ControlAnswer> {
  const on = {
    text: (text: string) => isSilent || terminal.line(printable(text)),
    ...(event ? { event } : {}),
  };
  const request = { command, args };
  return askControl({ path: controlPath(workPath), request }, sockets, on, signals.stop);
}

/** {@linkcode askRunning} for a command that needs a running appliance; the result is its exit code. */
export async function mustAskRunning(call: CommandCall, asking: Asking): Promise<number> {
  const workPath = await findWorkPath(call);
  if (workPath === undefined) return EXIT.failed;
  const answer = await askRunning(call, workPath, asking);
  if (answer.kind === "answered") return answer.code;
  if (answer.kind === "interrupted" && asking.endless) return EXIT.done;
  call.world.terminal.error(`dmail: ${why(answer, workPath)}`);
  return EXIT.failed;
}

/** Why there was no answer, and what to do. */
export function why(
  answer: Exclude<ControlAnswer, { kind: "answered" }>,
  workPath: string,
): string {
  switch (answer.kind) {
    case "not running":
      return `No dmail runs with work_path ${workPath}; start it with dmail serve`;
    case "not allowed":
      return `The dmail with work_path ${workPath} runs as another user; call this as that user, or as root`;
    case "cut off":
      return "The running dmail stopped before it had answered; its log tells why";
    case "interrupted":
      return "Interrupted; what the running dmail has begun it goes on with";
  }
}

/**
 * Where the appliance works. The file may have been broken since it was started: that must not keep
 * anybody from asking how it is.
 */
async function findWorkPath(
  { configPath, world: { files, machine, terminal } }: CommandCall,
): Promise<string | undefined> {
  const result = await loadConfig({ path: configPath, files, machine, version: VERSION });
  if (result.kind === "ok") return result.config.paths.work;
  if (result.workPath === undefined) {
    for (const problem of result.problems) terminal.error(formatProblem(problem));
  }
  return result.workPath;
}
