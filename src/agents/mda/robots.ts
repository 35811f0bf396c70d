import type { DeliveryAgent, DeliveryJob, Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import {
  type Clock,
  deadline,
  type Log,
  type Machine,
  messageOf,
  type Privileges,
  type ProgramCall,
  type Programs,
} from "../../platform/mod.ts";
import type { SystemUsers } from "../../store/mod.ts";
import { robotCall } from "./robot_call.ts";
import { identityFor, type RobotUser } from "./robot_identity.ts";
import { CANNOT_START, NOT_ALLOWED, outcomeOfRobot, tookTooLong } from "./robot_outcome.ts";

/** How robots are run, as the configuration says. */
export interface RobotOptions {
  /** robot_defaultuser (S28); `undefined`: each as its own user. */
  readonly defaultUser: RobotUser | undefined;
  /** domain_chroot (S29): root directories, by domain with wildcards; the first that matches counts. */
  readonly roots: readonly { readonly domain: string; readonly path: string }[];
  /** robot_timeout: how long a robot may take, in ms. */
  readonly timeoutMs: number;
  /** Where programs are that are named without a path (dsmtp_path). */
  readonly programPath: string;
}

/** What the agent for robots is made of. */
export interface RobotAgentOptions {
  readonly options: () => RobotOptions;
  readonly programs: Programs;
  readonly users: SystemUsers;
  /** Number of the system user who owns a maildrop, if he has one. */
  readonly ownerOf: (user: string) => Promise<number | undefined>;
  readonly privileges: Pick<Privileges, "uid">;
  readonly machine: Pick<Machine, "os" | "environment">;
  readonly clock: Clock;
  readonly log: Log;
}

type Robot = Extract<Destination, { kind: "robot" }>;

/**
 * Gives messages to programs on their standard input (B18), with line ends of Unix (LF) and a
 * Return-Path. A lane is a user, or a program of the administrator's. A program that was running
 * when the machine stopped gets its message again: nobody knows how far it had come.
 */
export function createRobotAgent(options: RobotAgentOptions): DeliveryAgent {
  return {
    laneOf(destination) {
      const { user, command } = robotOf(destination);
      return user === undefined ? `program ${command.split(/\s/, 1)[0]}` : `user ${user}`;
    },
    async deliver(_lane, jobs, settle, signal) {
      for (const job of jobs) {
        for (const destination of job.destinations) {
          signal.throwIfAborted();
          await settle(job, destination, await deliver(options, job, robotOf(destination), signal));
        }
      }
    },
  };
}

function robotOf(destination: Destination): Robot {
  if (destination.kind !== "robot") throw new TypeError(`Not a robot: ${destination.kind}`);
  return destination;
}

/** @throws The abort reason. */
async function deliver(
  agent: RobotAgentOptions,
  job: DeliveryJob,
  robot: Robot,
  signal: AbortSignal,
): Promise<Outcome> {
  const { id } = job.message;
  const { defaultUser, roots, programPath } = agent.options();
  const refuse = (outcome: Outcome, reason: string) => {
    agent.log.error("Cannot run a robot", { id, robot: robot.command, reason });
    return outcome;
  };
  try {
    const found = await identityFor({
      defaultUser,
      ownerUid: robot.user === undefined ? undefined : await agent.ownerOf(robot.user),
      ourUid: agent.privileges.uid(),
      users: agent.users,
    });
    if (found.kind === "refused") return refuse(found.outcome, found.detail);
    const { identity } = found;
    const root = roots.find(({ domain }) => matchesWildcard(domain, robot.domain))?.path;
    if (root !== undefined && identity.runAs === undefined) {
      return refuse(NOT_ALLOWED, `only root can shut it into ${root} (domain_chroot)`);
    }
    const { command } = robot;
    const call = robotCall({ job, command, identity, root, programPath, machine: agent.machine });
    return await run(agent, { id, call }, signal);
  } catch (error) {
    signal.throwIfAborted();
    return refuse(error instanceof SyntaxError ? CANNOT_START : BROKEN, messageOf(error));
  }
}

/** A user cannot be looked up, or the message not be read: the machine's trouble, and for now. */
const BROKEN: Outcome = {
  kind: "temporary",
  status: "4.3.0",
  reason: "The mail server cannot run programs just now",
};

async function run(
  { programs, clock, log, options }: RobotAgentOptions,
  { id, call }: { readonly id: string; readonly call: ProgramCall },
  signal: AbortSignal,
): Promise<Outcome> {
  const { timeoutMs } = options();
  const fields = { id, program: call.program, uid: call.runAs?.uid };
  using limit = deadline(clock, timeoutMs, signal);
  try {
    const result = await programs.run(call, limit.signal);
    const { kind: end } = result;
    if (result.kind === "not started") {
      log.error("Cannot start a robot", { ...fields, reason: result.reason });
    } else {
      const code = result.kind === "exited" ? result.code : result.by;
      log.debug("Robot ended", { ...fields, end, code, output: result.output });
    }
    return outcomeOfRobot(result);
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.signal.aborted) throw error;
    log.warn("Robot took too long, killed", { ...fields, ms: timeoutMs });
    return tookTooLong(timeoutMs);
  }
}
