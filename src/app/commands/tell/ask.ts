import { printable } from "../../../formats/words.ts";
import type { Endpoint } from "../../../platform/mod.ts";
import { askManager, type ManagerAnswer } from "../../../servers/control/mod.ts";
import { type CommandCall, EXIT } from "../../command.ts";
import { type Asking, mustAskRunning } from "../running.ts";
import type { Target } from "./target.ts";

/** Asks an appliance, here or elsewhere; the result is the exit code. */
export async function ask(
  call: CommandCall,
  target: Exclude<Target, { kind: "unclear" }>,
  asking: Asking,
): Promise<number> {
  return target.kind === "here"
    ? await mustAskRunning(call, asking)
    : await askThere(call, target.at, asking);
}

async function askThere(
  { world }: CommandCall,
  at: Endpoint,
  { command, args, event, endless }: Asking,
): Promise<number> {
  const { machine, signals, terminal } = world;
  // Never a word of the command line: every user of this machine can see those.
  const password = machine.environment("TELL_PASSWORD") ??
    await terminal.readSecret(`Manager password of ${at.host}: `);
  if (password === undefined || password === "") {
    terminal.error("dmail: No password was given; nothing was asked");
    return EXIT.failed;
  }
  const on = {
    text: (text: string) => terminal.line(printable(text)),
    ...(event ? { event } : {}),
  };
  const request = { command, args };
  const answer = await askManager({ target: at, password, request }, world, on, signals.stop);
  if (answer.kind === "answered") return answer.code;
  if (answer.kind === "interrupted" && endless) return EXIT.done;
  terminal.error(`dmail: ${why(answer, at)}`);
  return EXIT.failed;
}

/** Why another machine did not answer, and what to do. */
function why(
  answer: Exclude<ManagerAnswer, { kind: "answered" }>,
  { host, port }: Endpoint,
): string {
  const place = `${host} port ${port}`;
  switch (answer.kind) {
    case "unreachable":
      return `Cannot reach ${place}: ${answer.reason}` +
        (answer.reason.includes("listens") ? "; is manager_port set there?" : "");
    case "turned away":
      return `${place} hung up at once; manager_ip_address there must let this machine in, ` +
        "and not too many may talk to it at a time";
    case "refused":
      return `${place} says: ${answer.reason}`;
    case "not genuine":
      return `${place} does not know the manager password itself; nothing was asked of it`;
    case "cut off":
      return `${place} stopped before it had answered`;
    case "interrupted":
      return `Interrupted; what ${host} has begun it goes on with`;
  }
}
