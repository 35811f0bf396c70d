import { createDialer } from "../agents/dialer/mod.ts";
import { createPopfetch, type Popfetch } from "../agents/popfetch/mod.ts";
import { sendEtrn, upstreamLogin, upstreamProtection } from "../agents/relay/mod.ts";
import type { Config } from "../config/mod.ts";
import {
  type AccountReport,
  Caller,
  type CallProgress,
  type CallTasks,
  type Dialer,
  type EtrnReport,
  Link,
  runCall,
} from "../domain/link/mod.ts";
import type { Queue } from "../domain/queue/mod.ts";
import type { Router } from "../domain/routing/mod.ts";
import { matchesAnyIp } from "../formats/ip_list.ts";
import { type Logs, orAborted } from "../platform/mod.ts";
import type { Content } from "../servers/smtpd/mod.ts";
import type { FetchJournal, Maildrops } from "../store/mod.ts";
import { takeByAtrn } from "./atrn_call.ts";
import type { DiskSpace } from "./disk_space.ts";
import type { World } from "./world.ts";

/** How long mail that ETRN asked for may keep the line up, in ms. */
const MAX_INBOUND_MS = 30 * 60_000;

/** What calls are made with. */
export interface CallsDeps {
  readonly config: () => Config;
  readonly queue: Queue;
  readonly router: Router;
  readonly journal: FetchJournal;
  readonly link: Link;
  readonly disks: Pick<DiskSpace, "isLow">;
  /** What looks into the messages that come in. */
  readonly content: () => Content;
  readonly maildrops: Pick<Maildrops, "room">;
  /** As in {@linkcode Core}: before it nobody knows what has been collected already. */
  readonly recovered: Promise<void>;
  readonly logs: Logs;
  readonly world: World;
  /** Breaks off the call that runs. */
  readonly signal: AbortSignal;
}

/** The dialer that the configuration asks for. */
export function dialerFor(config: Config, { logs, world }: { logs: Logs; world: World }): Dialer {
  const { commands, clock } = world;
  return createDialer(config.link.dialer, { commands, clock, log: logs.for("dmail") });
}

/** Ties the line, POPFetch, ETRN and the queue together into calls. */
export class Calls {
  readonly caller: Caller;
  readonly #deps: CallsDeps;
  #popfetch: Popfetch;
  /** Upstream servers that ask for a password before ETRN. */
  readonly #wantLogin = new Set<string>();
  #lastInboundMs = -Infinity;

  constructor(deps: CallsDeps) {
    const { config, link, logs, signal, world: { clock } } = deps;
    this.#deps = deps;
    this.#popfetch = this.#makePopfetch();
    const log = logs.for("popfetch");
    this.caller = new Caller({
      call: (reason, progress, signal) => {
        const { lingerMs: quietMs } = config().link;
        const tasks = this.#tasks();
        return runCall(
          { link, tasks, clock, log, quietMs, maxInboundMs: MAX_INBOUND_MS, progress },
          reason,
          signal,
        );
      },
      clock,
      log,
      plan: config().link.plan,
      signal,
    });
  }

  /** What POPFetch does; another one after a reload. */
  get popfetch(): Popfetch {
    return this.#popfetch;
  }

  /** Takes the new configuration: from the next call on. */
  reload(): void {
    this.#popfetch = this.#makePopfetch();
    this.caller.replan(this.#deps.config().link.plan);
  }

  /** Notes that a client of the SMTP server did something: mail that ETRN asked for keeps the line. */
  noteSmtpActivity(address: string): void {
    const { link, relayRules } = this.#deps.config();
    const isUpstream = address === link.upstream?.host ||
      !matchesAnyIp(relayRules.forwardFromIp, address);
    if (isUpstream) this.#lastInboundMs = this.#deps.world.clock.monotonic();
  }

  #makePopfetch(): Popfetch {
    const { config, queue, router, journal, logs, world } = this.#deps;
    const { net, files, clock, random } = world;
    return createPopfetch(config().popfetch, {
      ...{ net, files, clock, random, queue, router, journal },
      log: logs.for("popfetch"),
      caCerts: config().relay.caCerts ?? [],
    });
  }

  #tasks(): CallTasks {
    const { queue } = this.#deps;
    const popfetch = this.#popfetch;
    return {
      etrn: (signal, asked) => this.#askUpstream(signal, asked),
      fetch: (progress, signal) => this.#fetch(popfetch, progress, signal),
      flush: (signal) => queue.flush({}, signal),
      waiting: () => queue.waitingForRelay,
      lastInboundMs: () => this.#lastInboundMs,
    };
  }

  /** The provider keeps the mail as well as we do, and longer than a disk with no space. */
  async #fetch(
    popfetch: Popfetch,
    progress: (event: CallProgress) => void,
    signal: AbortSignal,
  ): Promise<readonly AccountReport[]> {
    const { config, disks, recovered } = this.#deps;
    if (config().popfetch.accounts.length > 0 && await disks.isLow(0)) {
      throw new Error("Nothing was collected: a disk here has less space than min_space");
    }
    await orAborted(recovered, signal);
    return await popfetch.collect(progress, signal);
  }

  async #askUpstream(signal: AbortSignal, asked: () => void): Promise<readonly EtrnReport[]> {
    const { config } = this.#deps;
    const maxMs = MAX_INBOUND_MS;
    const report = await takeByAtrn(config(), { ...this.#deps, maxMs, asked }, signal);
    return report === undefined ? await this.#etrn(signal) : [report];
  }

  async #etrn(signal: AbortSignal): Promise<readonly EtrnReport[]> {
    const { config, logs, world: { net, clock } } = this.#deps;
    const { link: { upstream }, domains: { main, all }, relay } = config();
    if (upstream === undefined) return [];
    const { host } = upstream;
    const login = upstreamLogin(host, relay);
    return await sendEtrn(
      {
        ...{ ...upstream, hostname: main, domains: all },
        connectTimeoutMs: relay.connectTimeoutMs,
        ...(login === undefined ? {} : { protection: upstreamProtection(host, login, relay) }),
        wantLogin: this.#wantLogin,
      },
      { net, clock, log: logs.for("dsmtp") },
      signal,
    );
  }
}
