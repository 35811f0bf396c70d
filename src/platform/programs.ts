import type { Clock } from "./clock.ts";
import { messageOf } from "./error_words.ts";
import type { Chunks } from "./files.ts";
import { firstPart } from "./first_part.ts";
import { killGroup } from "./kill_group.ts";

/** A program as it is to be started. No shell sees any of it. */
export interface ProgramCall {
  /** Whole path; within `root` if there is one. */
  readonly program: string;
  readonly args: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Who it is, without any other group; who we are if left out. Only root can. */
  readonly runAs?: { readonly uid: number; readonly gid: number };
  /** Directory that is all it sees of the disk (chroot). Only root can, and `runAs` is needed. */
  readonly root?: string;
  readonly stdin: Chunks;
}

/** How a program came to its end. `output` is the first part of both its streams, as text. */
export type ProgramResult =
  | { readonly kind: "exited"; readonly code: number; readonly output: string }
  /** It was ended by a signal that we have not sent. */
  | { readonly kind: "killed"; readonly by: string; readonly output: string }
  /** `passing`: the machine is short of something just now. */
  | { readonly kind: "not started"; readonly passing: boolean; readonly reason: string };

/** Runs programs that take something on standard input. */
export interface Programs {
  /**
   * Runs a program in `/`, with files that only it may read (umask 077), and waits for its end. It
   * may leave its input unread. Aborted, it is killed with all it has started.
   *
   * @throws The abort reason, or what `stdin` throws; the program has not been told an end then.
   */
  run(call: ProgramCall, signal: AbortSignal): Promise<ProgramResult>;
}

/** How much of a program's output is kept, in octets. */
const MAX_OUTPUT_OCTETS = 8 * 1024;

const UMASK = 0o077;

/** {@linkcode Programs} as processes of this machine. */
export function systemPrograms(clock: Clock): Programs {
  return {
    async run(call, signal) {
      signal.throwIfAborted();
      const started = await start(call);
      return started.kind === "not started" ? started : await attend(started.child, {
        ...{ clock, signal },
        stdin: call.stdin,
      });
    },
  };
}

type Started =
  | { readonly kind: "started"; readonly child: Deno.ChildProcess }
  | Extract<ProgramResult, { kind: "not started" }>;

async function start(call: ProgramCall): Promise<Started> {
  const command = await commandFor(call);
  if (typeof command === "string") return { kind: "not started", passing: false, reason: command };
  try {
    return { kind: "started", child: withUmask(() => command.spawn()) };
  } catch (error) {
    const reason = messageOf(error);
    return { kind: "not started", passing: PASSING.test(reason), reason };
  }
}

/** EAGAIN, ENOMEM, ENFILE, EMFILE and ETXTBSY. */
const PASSING = /\bos error (?:11|12|23|24|26)\b/;

/** The command to spawn, or why there is none. */
async function commandFor(call: ProgramCall): Promise<Deno.Command | string> {
  const { program, args, environment, runAs, root } = call;
  const isUnix = Deno.build.os !== "windows";
  const options = {
    env: { ...environment },
    clearEnv: true,
    ...(isUnix ? { cwd: "/" } : {}),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    detached: isUnix, // Leads a process group, which can be killed as one.
  } as const;
  if (root === undefined) {
    return new Deno.Command(program, { ...options, ...runAs, args: [...args] });
  }
  const chroot = await findChroot();
  if (chroot === undefined || runAs === undefined) return "There is no chroot to run it with";
  // By number, without any group besides: `+` keeps a number from being taken for a name.
  const user = `--userspec=+${runAs.uid}:+${runAs.gid}`;
  return new Deno.Command(chroot, {
    ...options,
    args: [user, "--groups=", root, program, ...args],
  });
}

/** The chroot of GNU coreutils; the one of busybox cannot change the user. */
async function findChroot(): Promise<string | undefined> {
  for (const directory of ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]) {
    const info = await Deno.stat(`${directory}/chroot`).catch(() => undefined);
    if (info?.isFile) return `${directory}/chroot`;
  }
  return undefined;
}

/** A child has its umask from us. Nothing else runs in between: what spawns does not wait. */
function withUmask<T>(spawn: () => T): T {
  if (Deno.build.os === "windows") return spawn();
  const before = Deno.umask(UMASK);
  try {
    return spawn();
  } finally {
    Deno.umask(before);
  }
}

/** Feeds a program, listens to it and waits for its end. */
async function attend(
  child: Deno.ChildProcess,
  { stdin, clock, signal }: {
    readonly stdin: Chunks;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<ProgramResult> {
  const kill = () => killGroup(child);
  signal.addEventListener("abort", kill, { once: true });
  try {
    const ended = child.status;
    const listen = {
      ended,
      budget: { octets: MAX_OUTPUT_OCTETS },
      sleep: (ms: number, until: AbortSignal) => clock.sleep(ms, until),
    };
    const fed = feed(child.stdin, stdin, { ended, kill }).catch((error) => ({ error }));
    const [status, stdout, stderr, failed] = await Promise.all([
      ended,
      firstPart(child.stdout, listen),
      firstPart(child.stderr, listen),
      fed,
    ]);
    signal.throwIfAborted();
    if (failed !== undefined) throw failed.error;
    const output = (stdout + stderr).trim();
    return status.signal === null
      ? { kind: "exited", code: status.code, output }
      : { kind: "killed", by: status.signal, output };
  } finally {
    signal.removeEventListener("abort", kill);
  }
}

/**
 * Writes all of `source`, as fast as the program reads, until the program has ended. That it reads
 * no further is its own affair.
 *
 * @throws What `source` throws.
 */
async function feed(
  stdin: WritableStream<Uint8Array>,
  source: Chunks,
  { ended, kill }: { readonly ended: Promise<unknown>; readonly kill: () => void },
): Promise<void> {
  const writer = stdin.getWriter();
  writer.closed.catch(() => {}); // Told by write() too.
  let over = false;
  let wake = () => {};
  ended.then(() => {
    over = true;
    wake();
  });
  // A program that has ended may have left another that holds its input and never reads.
  const write = (chunk: Uint8Array) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      writer.write(chunk).then(resolve, () => {
        over = true;
        resolve();
      });
    });
  try {
    for await (const chunk of source) {
      if (!over) await write(chunk);
      if (over) break;
    }
  } catch (error) {
    kill(); // Before its input ends: half a message must not pass for a whole one.
    over = true;
    throw error;
  } finally {
    (over ? writer.abort() : writer.close()).catch(() => {});
  }
}
