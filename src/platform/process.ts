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
    const kill = () => killQuietly(child);
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, Math.min(timeoutMs, 2 ** 31 - 1));
    signal?.addEventListener("abort", kill, { once: true });
    try {
      const budget = { octets: MAX_OUTPUT_OCTETS };
      const [status, stdout, stderr] = await Promise.all([
        child.status,
        firstPart(child.stdout, budget, child.status),
        firstPart(child.stderr, budget, child.status),
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

/** How long output may still come once the command itself has ended, in ms. */
const AFTER_EXIT_MS = 200;

/**
 * Reads to the end, keeps the first part. A daemon that the command left behind may hold the stream
 * open for ever (`pon` does): once the command has ended, what has come by then is all.
 */
async function firstPart(
  stream: ReadableStream<Uint8Array>,
  budget: { octets: number },
  ended: Promise<unknown>,
): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  ended.then(() => {
    timer = setTimeout(() => reader.cancel().catch(() => {}), AFTER_EXIT_MS);
  });
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const kept = part.value.subarray(0, budget.octets);
      budget.octets -= kept.length;
      text += decoder.decode(kept, { stream: true });
    }
  } finally {
    await ended;
    clearTimeout(timer);
  }
  return text;
}

function killQuietly(child: Deno.ChildProcess): void {
  try {
    if (Deno.build.os === "windows") child.kill("SIGKILL");
    else Deno.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
