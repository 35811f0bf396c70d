import { isAbsolutePathOn } from "../../formats/absolute_path.ts";
import { transformed } from "../../formats/byte_transform.ts";
import { LfEncoder } from "../../formats/lf_text.ts";
import { withReturnPath } from "../../formats/return_path.ts";
import { parseRobotCommand } from "../../formats/robot_command.ts";
import type { DeliveryJob } from "../../domain/queue/mod.ts";
import type { Machine, ProgramCall } from "../../platform/mod.ts";
import type { StoredMessage } from "../../store/mod.ts";
import { robotEnvironment } from "./robot_environment.ts";
import type { RobotIdentity } from "./robot_identity.ts";

/** What a robot is started with. */
export interface CallFacts {
  readonly job: DeliveryJob;
  /** Program and arguments. */
  readonly command: string;
  readonly identity: RobotIdentity;
  /** Root directory, if it is not that of the machine. */
  readonly root: string | undefined;
  /** Where programs are that are named without a path. */
  readonly programPath: string;
  readonly machine: Pick<Machine, "os" | "environment">;
}

/**
 * The program of a robot with all it gets.
 *
 * @throws {SyntaxError} If the command makes no sense.
 */
export function robotCall(
  { job, command, identity, root, programPath, machine }: CallFacts,
): ProgramCall {
  const { program, args } = parseRobotCommand(command);
  const directory = root === undefined ? programPath : "";
  return {
    program: wholePath(program, directory, machine.os),
    args,
    environment: robotEnvironment({
      sender: job.message.envelope.sender,
      recipient: job.recipients[0]?.address ?? "",
      identity: root === undefined ? identity : { ...identity, home: "/" },
      inherited: machine.os === "windows" ? windowsVariables(machine) : {},
    }),
    ...(identity.runAs === undefined ? {} : { runAs: identity.runAs }),
    ...(root === undefined ? {} : { root }),
    stdin: asUnixText(job.message),
  };
}

/** A program without a path is one of the installation's; it is never searched for. */
function wholePath(program: string, directory: string, os: Machine["os"]): string {
  return isAbsolutePathOn(os, program) ? program : `${directory}/${program}`;
}

/** Without these no program of Windows starts. */
function windowsVariables(
  { environment }: Pick<Machine, "environment">,
): Readonly<Record<string, string>> {
  const names = ["SystemRoot", "PATH", "TEMP"];
  const known = names.map((name) => [name, environment(name)] as const);
  return Object.fromEntries(
    known.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
  );
}

/** Opened only when it is read: a program that cannot be started leaves no file open. */
async function* asUnixText(message: StoredMessage): AsyncGenerator<Uint8Array> {
  const text = transformed(message.open(), new LfEncoder());
  yield* withReturnPath(text, { sender: message.envelope.sender, lineEnd: "\n" });
}
