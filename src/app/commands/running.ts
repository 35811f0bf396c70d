import type { Config } from "../../config/mod.ts";
import { askControl, type ControlAnswer } from "../../servers/control/mod.ts";
import { controlPath } from "../appliance.ts";
import { type CommandCall, EXIT } from "../command.ts";
import { configured } from "./configured.ts";

/** What a command asks of the running appliance. */
export interface Asking {
  readonly command: string;
  readonly args: readonly string[];
  readonly event?: (event: unknown) => void;
}

/** Asks the appliance that runs with this configuration; its words go to standard output. */
export function askRunning(
  { world: { sockets, terminal } }: CommandCall,
  config: Config,
  { command, args, event }: Asking,
): Promise<ControlAnswer> {
  return askControl({ path: controlPath(config), request: { command, args } }, sockets, {
    text: (text) => terminal.line(text),
    ...(event ? { event } : {}),
  });
}

/** {@linkcode askRunning} for a command that needs a running appliance; the result is its exit code. */
export async function mustAskRunning(call: CommandCall, asking: Asking): Promise<number> {
  const usable = await configured(call, { quiet: true });
  if (usable === undefined) return EXIT.failed;
  const answer = await askRunning(call, usable.config, asking);
  if (answer.kind === "answered") return answer.code;
  call.world.terminal.error(`dmail: ${why(answer, usable.config)}`);
  return EXIT.failed;
}

/** Why there was no answer, and what to do. */
export function why(answer: Exclude<ControlAnswer, { kind: "answered" }>, config: Config): string {
  switch (answer.kind) {
    case "not running":
      return `No dmail runs with work_path ${config.paths.work}; start it with dmail serve`;
    case "not allowed":
      return `The dmail with work_path ${config.paths.work} runs as another user; call this as that user, or as root`;
    case "cut off":
      return "The running dmail stopped before it had answered; its log tells why";
  }
}
