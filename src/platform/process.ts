import { systemClock } from "./clock.ts";
import { firstPart } from "./first_part.ts";
import { killGroup } from "./kill_group.ts";

/** How a command ended. */
export interface CommandResult {
  /** Exit code; `undefined` if it was killed, by us for its time limit or by a signal. */
  readonly code: number | undefined;
  /** The first part of what it wrote, both streams, as text. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** Runs the administrator's own commands, such as `link_up` and `link_check`. */
export interface Commands {
  /**
   * Runs `command` as a shell line (`/bin/sh -c`, on Windows `cmd /c`) and waits for its end. It is
   * killed, with all it has started, after `timeoutMs` or when `signal` is aborted.
   *
   * @throws The abort reason.
   */
  run(
    command: string,
    options: { timeoutMs: number; env?: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<CommandResult>;
}

/** How much of a command's output is kept, in octets. */
const MAX_OUTPUT_OCTETS = 8 * 1024;

/** {@linkcode Commands} as processes of this machine. */
export const systemCommands: Commands = {
  async run(command, { timeoutMs, env }, signal) {
    signal?.throwIfAborted();
    const child = shell(command, env).spawn();
    let timedOut = false;
    const kill = () => killGroup(child);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, Math.min(timeoutMs, 2 ** 31 - 1));
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const listen = {
        ended: child.status,
        budget: { octets: MAX_OUTPUT_OCTETS },
        sleep: systemClock.sleep,
      };
      const [status, stdout, stderr] = await Promise.all([
        child.status,
        firstPart(child.stdout, listen),
        firstPart(child.stderr, listen),
      ]);
      signal?.throwIfAborted();
      const code = status.signal === null && !timedOut ? status.code : undefined;
      return { code, output: (stdout + stderr).trim(), timedOut };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", kill);
    }
  },
};

function shell(command: string, env?: Readonly<Record<string, string>>): Deno.Command {
  const [program, flag] = Deno.build.os === "windows" ? ["cmd", "/c"] : ["/bin/sh", "-c"];
  return new Deno.Command(program!, {
    args: [flag!, command],
    ...(env ? { env: { ...env } } : {}),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: Deno.build.os !== "windows", // Leads a process group, which can be killed as one.
  });
}
