import {
  changesBetween,
  type Config,
  type ConfigProblem,
  formatProblem,
  loadConfig,
} from "../config/mod.ts";
import type { CallEvent } from "../domain/link/mod.ts";
import { type Log, type Logs, openLogs, orAborted } from "../platform/mod.ts";
import { startControl } from "../servers/control/mod.ts";
import type { Channel } from "../servers/smtpd/mod.ts";
import { controlHandler } from "./control/handler.ts";
import { type Core, openCore } from "./core.ts";
import { makeDirectory } from "./directories.ts";
import { ManagerPassword } from "./manager_password.ts";
import { SendLog } from "./send_log.ts";
import { Servers } from "./servers.ts";
import { Status } from "./status.ts";
import { VERSION } from "./version.ts";
import type { World } from "./world.ts";

/** How many log lines the status page can show. */
const RECENT_LOG_LINES = 200;

/** How starting went. */
export type StartResult =
  | { readonly kind: "started"; readonly appliance: Appliance }
  /** Another appliance works with the same work_path. */
  | { readonly kind: "already running"; readonly workPath: string };

/** What a reload came to. On `kept` nothing has changed. */
export type ReloadResult =
  | { readonly kind: "reloaded"; readonly problems: readonly string[] }
  | { readonly kind: "kept"; readonly problems: readonly string[] };

/** What an appliance is started with. */
export interface ApplianceOptions {
  readonly config: Config;
  /** Warnings of the configuration, for the page. */
  readonly problems: readonly ConfigProblem[];
  /** False makes calls and deliveries only: `popfetch -once` while no server runs. */
  readonly listens: boolean;
  readonly world: World;
  /** Told of every call from the very first on. */
  readonly onCall?: (event: CallEvent) => void;
}

/** Where the control socket of a work_path is. */
export function controlPath(workPath: string): string {
  return `${workPath}/control.sock`;
}

/** The running product: stores, queue, line, servers. Disposing it drains and stops. */
export class Appliance implements AsyncDisposable {
  readonly logs: Logs;
  readonly core: Core;
  readonly status: Status;
  readonly password: ManagerPassword;
  readonly sendLog: SendLog;
  readonly world: World;
  readonly #servers: Servers;
  readonly #log: Log;
  readonly #open = new AsyncDisposableStack();
  readonly #stopAsked = Promise.withResolvers<void>();
  readonly #breakOff: AbortController;
  readonly #startConfig: Config;
  #config: Config;
  #problems: readonly ConfigProblem[];
  #reloading: Promise<unknown> = Promise.resolve();

  /** @throws {Error} If a store cannot be opened or a server cannot listen; nothing runs then. */
  static async start(options: ApplianceOptions): Promise<StartResult> {
    const { config, world } = options;
    const { files, clock } = world;
    await makeDirectory(files, "work_path", config.paths.work);
    const lock = await files.tryLock(`${config.paths.work}/dmail.lock`);
    if (lock === undefined) return { kind: "already running", workPath: config.paths.work };

    await using opening = new AsyncDisposableStack();
    opening.use(lock);
    const logs = opening.use(
      openLogs({ ...config.logs, clock, keepRecent: RECENT_LOG_LINES }),
    );
    opening.defer(() => logs.for("dmail").info("Stopped"));
    const breakOff = new AbortController();
    let now = () => config;
    const core = opening.use(
      await openCore({ config: () => now(), logs, world, signal: breakOff.signal }),
    );
    const appliance = new Appliance(options, { logs, core, breakOff });
    now = () => appliance.config;
    opening.use(appliance.status);
    opening.use(appliance.sendLog);
    appliance.#open.use(opening.move());
    try {
      await appliance.#begin(options);
    } catch (error) {
      await appliance[Symbol.asyncDispose]();
      throw error;
    }
    return { kind: "started", appliance };
  }

  private constructor(
    { config, problems, world }: ApplianceOptions,
    { logs, core, breakOff }: { logs: Logs; core: Core; breakOff: AbortController },
  ) {
    this.#startConfig = config;
    this.#config = config;
    this.#problems = problems;
    this.#breakOff = breakOff;
    this.#log = logs.for("dmail");
    this.logs = logs;
    this.core = core;
    this.world = world;
    this.password = new ManagerPassword(config.paths.work, world);
    this.sendLog = new SendLog(logs);
    const shared = { config: () => this.config, core, logs, world };
    this.status = new Status({
      ...shared,
      problems: () => this.#problems,
      servers: () => this.#servers.running,
      password: () => this.password,
    });
    this.#servers = new Servers({
      ...shared,
      source: this.status,
      password: this.password,
      handler: controlHandler(this),
      signal: breakOff.signal,
    });
  }

  /** The configuration of now. */
  get config(): Config {
    return this.#config;
  }

  /** `smtp 127.0.0.1:2525`, a line a listener. */
  get listening(): readonly string[] {
    return this.#servers.running.flatMap(({ name, listening }) =>
      listening.map((at) => `${name} ${at}`)
    );
  }

  /** The SMTP sessions of now, door by door, the oldest first. */
  channels(): readonly Channel[] {
    return this.#servers.running.flatMap(({ channels }) => channels?.() ?? []);
  }

  /** Resolves when somebody has asked this appliance to stop. */
  get stopAsked(): Promise<void> {
    return this.#stopAsked.promise;
  }

  /** Asks whoever runs this appliance to dispose it. */
  askToStop(): void {
    this.#stopAsked.resolve();
  }

  /** Logs a failure that nobody awaited, with where it came from. */
  noteUnforeseen(reason: unknown): void {
    const stack = reason instanceof Error ? reason.stack : undefined;
    this.#log.error("Unforeseen failure, going on", { reason: stack ?? String(reason) });
  }

  /** Reads the configuration again. Anything wrong with it leaves all as it was. */
  reload(): Promise<ReloadResult> {
    const next = this.#reloading.then(() => this.#reload());
    this.#reloading = next.catch(() => {});
    return next;
  }

  /** Breaks off the call, lets sessions and deliveries end, closes the stores. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#breakOff.abort(new Error("The appliance is stopping"));
    await this.#reloading;
    await this.#open.disposeAsync();
  }

  async #begin({ listens, world, onCall }: ApplianceOptions): Promise<void> {
    const { queue, calls, recovered } = this.core;
    if (onCall) this.#open.use(calls.caller.subscribe(onCall));
    // A long queue keeps the processor busy for a while: the doors are opened first. Stopping goes the
    // other way round, so that nobody comes in any more when the queue ends.
    const opened = Promise.withResolvers<void>();
    this.#keepRunning("queue", async (signal) => {
      await orAborted(opened.promise, signal);
      await orAborted(recovered, signal);
      await queue.run(signal);
    });
    if (!listens) return opened.resolve();
    this.#open.use(this.#servers);
    await this.#servers.start();
    this.#open.use(
      await startControl({ path: controlPath(this.config.paths.work) }, {
        sockets: world.sockets,
        handler: controlHandler(this),
        log: this.#log,
      }),
    );
    this.#keepRunning("pick-up", async (signal) => {
      await orAborted(recovered, signal);
      await this.core.pickup.run(signal);
    });
    this.#keepRunning("schedule", (signal) => calls.caller.run(signal));
    opened.resolve();
    this.#log.info("Started", { version: VERSION, listening: this.listening.join(", ") });
  }

  /** Runs a loop until this appliance is disposed; one that fails stops the appliance. */
  #keepRunning(name: string, loop: (signal: AbortSignal) => Promise<void>): void {
    const stop = new AbortController();
    const running = loop(stop.signal).catch((error) => {
      if (stop.signal.aborted) return;
      this.#log.error(`The ${name} failed, stopping`, { reason: String(error) });
      this.askToStop();
    });
    this.#open.defer(async () => {
      stop.abort(new Error("The appliance is stopping"));
      await running;
    });
  }

  /** What this appliance still does as it was when it started, whatever the file says by now. */
  #waitingForRestart(next: Config): readonly ConfigProblem[] {
    return changesBetween(this.#startConfig, next)
      .filter(({ effect }) => effect === "restart")
      .map(({ name }) => ({
        ...about(next),
        severity: "warning",
        message: `${name} has changed and takes effect at the next start`,
      }));
  }

  async #reload(): Promise<ReloadResult> {
    const { files, machine } = this.world;
    const result = await loadConfig({ path: this.config.path, files, machine, version: VERSION });
    if (result.kind === "bad") {
      const found = result.problems.map(formatProblem);
      this.#problems = result.problems;
      this.#log.error("Configuration not reloaded, going on with the old one", {
        problems: found.join("; "),
      });
      return { kind: "kept", problems: found };
    }
    this.#config = result.config;
    await this.logs.reload(result.config.logs);
    this.core.calls.reload();
    this.core.queue.lookAgain();
    const undone = [...await this.core.tls.reload(), ...await this.#servers.reload()];
    this.#problems = [
      ...undone.map((
        message,
      ) => ({ ...about(result.config), severity: "error", message } as const)),
      ...result.problems,
      ...this.#waitingForRestart(result.config),
    ];
    const problems = this.#problems.map(formatProblem);
    this.#log.info("Configuration reloaded", { problems: problems.join("; ") || "none" });
    return { kind: "reloaded", problems };
  }
}

/** The place of a problem that no one line has made. */
function about({ path }: Config): Pick<ConfigProblem, "file" | "line"> {
  return { file: path, line: 0 };
}
