/**
 * The product as its users run it: a process of its own, with a `dmail.conf` and signals.
 *
 * @module
 */
import { fromFileUrl, type ProcessOutput, watchOutput } from "./process_output.ts";
import { run } from "./peers.ts";
import { RUNTIME_FLAGS } from "../../tools/runtime_flags.ts";
import { configurationOf } from "./config_text.ts";

/** What runs the product: an executable, and the words before its own. */
export interface Program {
  readonly path: string;
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The product as it lies in this checkout, run as the finished program is. */
export const CHECKOUT: Program = {
  path: Deno.execPath(),
  words: ["run", "-A", ...RUNTIME_FLAGS, fromFileUrl(new URL("../../main.ts", import.meta.url))],
  // Otherwise `deno run` asks its home for a newer version, over the network.
  env: { DENO_NO_UPDATE_CHECK: "1" },
};

/** An appliance that is configured; it may be running or not. */
export interface Office {
  readonly directory: string;
  readonly configPath: string;
  readonly dropPath: string;
  readonly workPath: string;
  /** Writes the configuration anew: the usual settings and these, which win over those. */
  configure(settings: readonly string[]): Promise<void>;
  /** Makes users of the built-in database; their password is their name. */
  addUsers(...names: readonly string[]): Promise<void>;
  /** Runs `dmail` with `-i` and its configuration. */
  dmail(args: readonly string[], stdin?: string): Promise<CommandEnd>;
  /** All that is in the logs so far. */
  logText(): Promise<string>;
  /** Starts `dmail serve` and waits until it is ready. */
  serve(): Promise<RunningAppliance>;
  /** Starts `dmail serve` and does not wait. */
  launch(): RunningAppliance;
}

/** How a command ended. */
export interface CommandEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `dmail serve`. Disposing it kills it if it still runs. */
export interface RunningAppliance extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when it has said `ready`; rejects if it ends without. */
  readonly ready: Promise<void>;
  /** What it has written so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The port of a listener, once it is ready. */
  port(listener: "smtp" | "submission" | "smtps" | "pop3" | "http" | "manager"): number;
  signal(name: "SIGHUP" | "SIGUSR1"): void;
  /** SIGKILL, at once; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to the exit code. */
  stop(): Promise<number>;
}

function usualSettings(directory: string): string[] {
  return [
    "host_domain office.example",
    "bind_ip 127.0.0.1",
    "smtp_port 0",
    "pop_port 0",
    "http_port 0",
    "authent_method nwauth",
    `drop_path ${directory}/drop`,
    `work_path ${directory}/work`,
    `log_path ${directory}/log`,
    `dsmtp_path ${directory}`,
    "log_level debug",
    "log_size 100MB",
  ];
}

/** Prepares an appliance in `directory`. */
export async function setUpOffice(
  directory: string,
  settings: readonly string[],
  program = CHECKOUT,
): Promise<Office> {
  const configPath = `${directory}/dmail.conf`;
  const office: Office = {
    directory,
    configPath,
    dropPath: `${directory}/drop`,
    workPath: `${directory}/work`,
    configure: (lines) =>
      Deno.writeTextFile(configPath, configurationOf(usualSettings(directory), lines), {
        mode: 0o600,
      }),
    async addUsers(...names) {
      for (const name of names) {
        const { code, stderr } = await office.dmail(["user", "add", name], `${name}\n`);
        if (code !== 0) throw new Error(`Cannot add ${name}: ${stderr}`);
      }
    },
    dmail: (args, stdin) =>
      run(program.path, [...program.words, ...args, "-i", configPath], {
        env: { ...program.env },
        ...(stdin === undefined ? {} : { stdin }),
      }),
    async logText() {
      const names = await Array.fromAsync(Deno.readDir(`${directory}/log`), ({ name }) => name);
      const logs = names.map((name) => Deno.readTextFile(`${directory}/log/${name}`));
      return (await Promise.all(logs)).join("\n");
    },
    async serve() {
      const appliance = office.launch();
      await appliance.ready;
      return appliance;
    },
    launch: () => launch(program, configPath),
  };
  for (const name of ["drop", "work", "log"]) await Deno.mkdir(`${directory}/${name}`);
  await office.configure(settings);
  return office;
}

function launch(program: Program, configPath: string): RunningAppliance {
  const child = new Deno.Command(program.path, {
    args: [...program.words, "serve", "-i", configPath],
    env: { ...program.env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = watchOutput(child.stdout);
  const stderr = watchOutput(child.stderr);
  const ready = stdout.line(/^ready$/).then(() => {}).catch((cause) => {
    throw new Error(`dmail ended before it was ready: ${stderr.text}`, { cause });
  });
  ready.catch(() => {}); // Nobody may ask: it was to be killed before.
  return new ServeProcess(child, ready, stdout, stderr);
}

class ServeProcess implements RunningAppliance {
  readonly pid: number;
  readonly ready: Promise<void>;
  readonly #child: Deno.ChildProcess;
  readonly #stdout: ProcessOutput;
  readonly #stderr: ProcessOutput;
  #ended = false;

  constructor(
    child: Deno.ChildProcess,
    ready: Promise<void>,
    stdout: ProcessOutput,
    stderr: ProcessOutput,
  ) {
    this.pid = child.pid;
    this.ready = ready;
    this.#child = child;
    this.#stdout = stdout;
    this.#stderr = stderr;
    child.status.then(() => this.#ended = true);
  }

  get stdout(): string {
    return this.#stdout.text;
  }

  get stderr(): string {
    return this.#stderr.text;
  }

  port(listener: string): number {
    const found = new RegExp(`^${listener} \\S*:(\\d+)$`, "m").exec(this.#stdout.text);
    if (found === null) throw new Error(`No listener ${listener} in: ${this.#stdout.text}`);
    return Number(found[1]);
  }

  signal(name: "SIGHUP" | "SIGUSR1"): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (!this.#ended) this.#child.kill("SIGKILL");
    await this.#end();
  }

  async stop(): Promise<number> {
    if (!this.#ended) this.#child.kill("SIGTERM");
    return await this.#end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #end(): Promise<number> {
    const { code } = await this.#child.status;
    await Promise.all([this.#stdout.ended, this.#stderr.ended]);
    return code;
  }
}
