import type { Config } from "../config/mod.ts";
import { mayManage } from "../domain/guard/mod.ts";
import { matchesAnyIp } from "../formats/ip_list.ts";
import { type Endpoint, isAddressInUse, type Logs, reasonInWords } from "../platform/mod.ts";
import { type ControlHandler, startManager } from "../servers/control/mod.ts";
import { type HttpdOptions, startHttpd, type StatusSource } from "../servers/httpd/mod.ts";
import { type Pop3d, startPop3d } from "../servers/pop3d/mod.ts";
import { type Channel, type Door, type Smtpd, startSmtpd } from "../servers/smtpd/mod.ts";
import { atrnHandler } from "./atrn.ts";
import type { Core } from "./core.ts";
import { Etrn } from "./etrn.ts";
import type { ManagerPassword } from "./manager_password.ts";
import { isOwnEndpoint } from "./own_addresses.ts";
import type { World } from "./world.ts";

/** A server that listens. Disposing it lets its sessions end. */
export interface RunningServer extends AsyncDisposable {
  readonly name: string;
  readonly listening: readonly string[];
  sessions(): number;
  /** Its sessions one by one, if it is SMTP. */
  readonly channels?: () => readonly Channel[];
}

/** What the servers are made of. */
export interface ServersDeps {
  readonly config: () => Config;
  readonly core: Core;
  readonly source: StatusSource;
  readonly password: ManagerPassword;
  /** Carries out what managers ask over the network. */
  readonly handler: ControlHandler;
  readonly logs: Logs;
  readonly world: World;
  readonly signal: AbortSignal;
}

/** What a server is started with; another value after a reload means that it listens anew. */
interface Wanted {
  readonly name: string;
  readonly where: Endpoint | readonly Endpoint[];
  start(): Promise<RunningServer>;
}

/** A server, and what it was started with. */
interface Started {
  readonly wanted: Wanted;
  readonly server: RunningServer;
}

/** How long the system is given to let go of a port that we have only just left. */
const LETTING_GO = { tries: 40, pauseMs: 50 } as const;

/** Everything of the appliance that listens on the network. */
export class Servers implements AsyncDisposable {
  readonly #deps: ServersDeps;
  readonly #running = new Map<string, Started>();
  /** Servers that a reload has replaced, while their last sessions end. */
  readonly #leaving = new Set<Promise<void>>();
  /** One for all doors: they share what is under way. */
  readonly #etrn: Etrn;

  constructor(deps: ServersDeps) {
    this.#deps = deps;
    this.#etrn = etrnOf(deps);
  }

  /** The servers, in the order they are named at the start. */
  get running(): readonly RunningServer[] {
    return [...this.#running.values()].map(({ server }) => server);
  }

  /** Starts all. @throws {Error} If one cannot listen; the others are stopped again. */
  async start(): Promise<void> {
    for (const wanted of this.#wanted()) await this.#start(wanted);
  }

  /**
   * Takes the new configuration: what shall listen elsewhere does so from now on, sessions that are
   * open come to their end where they are. A server that cannot listen there goes on where it was.
   *
   * @returns What could not be done, in words.
   */
  async reload(): Promise<readonly string[]> {
    const wanted = this.#wanted();
    const before = [...this.#running.values()].map((each) => each.wanted);
    const gone = before.filter(({ name }) => !named(wanted, name));
    const moving = wanted.filter(({ name, where }) => !isSame(named(before, name)?.where, where));
    // 0.0.0.0:25 cannot be listened at while 127.0.0.1:25 is: what is in the way goes first.
    const inTheWay = before.filter(({ name, where }) =>
      named(moving, name) && moving.some((each) => shareAPort(each.where, where))
    );
    const left = [...gone, ...inTheWay];
    for (const { name } of left) this.#leave(name);
    const problems: string[] = [];
    for (const each of moving) problems.push(...await this.#tryToStart(each, left));
    for (const each of inTheWay) {
      if (!this.#running.has(each.name)) problems.push(...await this.#tryToStart(each, left));
    }
    return problems;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#running.keys()]) this.#leave(name);
    await Promise.all([...this.#leaving, this.#etrn[Symbol.asyncDispose]()]);
  }

  async #start(wanted: Wanted): Promise<void> {
    const server = await started(wanted);
    this.#leave(wanted.name);
    this.#running.set(wanted.name, { wanted, server });
  }

  /**
   * @param left Servers that may not have let go of their ports yet.
   * @returns What went wrong, if it did.
   */
  async #tryToStart(wanted: Wanted, left: readonly Wanted[]): Promise<readonly string[]> {
    const { world: { clock }, signal } = this.#deps;
    const waits = left.some(({ where }) => shareAPort(wanted.where, where));
    for (let triesLeft = waits ? LETTING_GO.tries : 1;; triesLeft--) {
      try {
        await this.#start(wanted);
        return [];
      } catch (error) {
        const isTaken = error instanceof Error && isAddressInUse(error.cause);
        if (!isTaken || triesLeft <= 1 || signal.aborted) return [reasonInWords(error)];
      }
      await clock.sleep(LETTING_GO.pauseMs, signal).catch(() => {}); // The next try is the last.
    }
  }

  #leave(name: string): void {
    const server = this.#running.get(name)?.server;
    this.#running.delete(name);
    if (server === undefined) return;
    const left = Promise.resolve(server[Symbol.asyncDispose]()).finally(() =>
      this.#leaving.delete(left)
    );
    this.#leaving.add(left);
  }

  #wanted(): readonly Wanted[] {
    const { listen, httpd } = this.#deps.config();
    const wanted: Wanted[] = [
      { name: "smtp", where: listen.smtp, start: () => this.#startSmtp("smtp", listen.smtp) },
      { name: "pop3", where: listen.pop, start: () => this.#startPop3(listen.pop) },
    ];
    for (const door of ["submission", "smtps", "odmr"] as const) {
      const where = listen[door];
      if (where.length === 0) continue;
      wanted.push({ name: door, where, start: () => this.#startSmtp(door, where) });
    }
    if (httpd !== undefined) {
      wanted.push({ name: "http", where: httpd, start: () => this.#startHttp(httpd) });
    }
    if (listen.manager.length > 0) {
      wanted.push({
        name: "manager",
        where: listen.manager,
        start: () => this.#startManager(listen.manager),
      });
    }
    return wanted;
  }

  /** Each door of DSMTP is a server of its own: a reload can move one and leave the others. */
  async #startSmtp(door: Door, listen: readonly Endpoint[]): Promise<RunningServer> {
    const { config, core, logs, world: { clock, random }, signal } = this.#deps;
    const log = logs.for("dsmtp");
    const smtpd: Smtpd = await startSmtpd({ options: () => config().smtpd, listen, door }, {
      ...{ queue: core.queue, router: core.router, accounts: core.accounts, guard: core.guard },
      ...{ clock, log, signal },
      content: core.content,
      isDiskLow: (octets) => core.disks.isLow(octets),
      room: (user, octets) => core.maildrops.room(user, octets),
      onActivity: (address) => core.calls.noteSmtpActivity(address),
      tls: () => core.tls.current,
      onEtrn: (question) => this.#etrn.answer(question),
      onAtrn: atrnHandler({ config, queue: core.queue, turned: core.turned, clock, random, log }),
    });
    return {
      name: door,
      listening: smtpd.listening.map(written),
      sessions: () => smtpd.sessions,
      channels: () => smtpd.channels(),
      [Symbol.asyncDispose]: () => smtpd[Symbol.asyncDispose](),
    };
  }

  async #startPop3(listen: readonly Endpoint[]): Promise<RunningServer> {
    const { config, core, logs, world: { clock, net }, signal } = this.#deps;
    const { maildrops, accounts, guard } = core;
    const pop3d: Pop3d = await startPop3d(() => config().pop3d, {
      ...{ listen, net, maildrops, accounts, guard, clock, signal },
      log: logs.for("dpop"),
    });
    return {
      name: "pop3",
      listening: pop3d.listening.map(written),
      sessions: () => pop3d.sessions.length,
      [Symbol.asyncDispose]: () => pop3d[Symbol.asyncDispose](),
    };
  }

  async #startHttp(options: HttpdOptions): Promise<RunningServer> {
    const { source, logs, world: { clock }, signal } = this.#deps;
    const httpd = await startHttpd(options, {
      ...{ source, clock, signal, log: logs.for("dmail") },
      mayManage: (address) => this.#mayManage(address),
      isFree: (address) => this.#isFree(address),
    });
    return {
      name: "http",
      listening: [httpd.listening],
      sessions: () => httpd.sessions,
      [Symbol.asyncDispose]: () => httpd[Symbol.asyncDispose](),
    };
  }

  #mayManage(address: string): boolean {
    return mayManage(this.#deps.config().access.managerIpAddress, address);
  }

  #isFree(address: string): boolean {
    return matchesAnyIp(this.#deps.config().access.noLimit, address);
  }

  async #startManager(listen: readonly Endpoint[]): Promise<RunningServer> {
    const { core, handler, logs, password, world } = this.#deps;
    const { clock, pinnedTls, random } = world;
    const manager = await startManager({ listen, certificate: () => core.tls.current }, {
      ...{ pinnedTls, handler, clock, random, log: logs.for("dmail") },
      mayCome: (address) => this.#mayManage(address),
      isFree: (address) => this.#isFree(address),
      secret: () => password.secret(),
    });
    return {
      name: "manager",
      listening: manager.listening.map(written),
      sessions: () => manager.sessions,
      [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
    };
  }
}

/** What answers ETRN, over the configuration of now. */
function etrnOf({ config, core, logs, world, signal }: ServersDeps): Etrn {
  const { clock, machine, net } = world;
  return new Etrn({
    ...{ queue: core.queue, router: core.router, link: core.link, clock, net, signal },
    gateways: () => config().relay.gateways,
    atrnDomains: () => config().atrnRules.map(({ domain }) => domain),
    members: () => config().etrnFarm,
    hostname: () => config().domains.main,
    isOwn: (at) => isOwnEndpoint(at, config().listen.smtp, machine),
    log: logs.for("dsmtp"),
  });
}

function named(among: readonly Wanted[], name: string): Wanted | undefined {
  return among.find((each) => each.name === name);
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function shareAPort(a: Wanted["where"], b: Wanted["where"]): boolean {
  const ports = new Set([a].flat().map(({ port }) => port));
  return [b].flat().some(({ port }) => port !== 0 && ports.has(port));
}

/** Says which server it was, and where, that could not listen. */
async function started({ name, where, start }: Wanted): Promise<RunningServer> {
  try {
    return await start();
  } catch (error) {
    const places = [where].flat();
    const reason = reasonInWords(error);
    const advice = reason === "permission denied" && places.some(({ port }) => port < 1024)
      ? ": only root may use ports below 1024; start it with the service in conf/, or choose others"
      : "";
    const at = places.map(written).join(", ");
    throw new Error(`Cannot listen for ${name} on ${at}: ${reason}${advice}`, { cause: error });
  }
}

function written({ host, port }: Endpoint): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
