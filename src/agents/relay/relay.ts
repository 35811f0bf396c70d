import type { DeliveryAgent, DeliveryJob, Outcome } from "../../domain/queue/mod.ts";
import type { Destination } from "../../domain/routing/mod.ts";
import { splitAddress } from "../../formats/address.ts";
import type { Clock, Endpoint, Log, Net } from "../../platform/mod.ts";
import { gatewayFor } from "./gateways.ts";
import type { RelayOptions } from "./mod.ts";
import { SmtpClient, SmtpError } from "./smtp_client.ts";
import { MAX_RECIPIENTS, sendMail } from "./transaction.ts";

/** What the relay is made of. */
export interface RelayDeps {
  /** Asked anew for each delivery: a reload takes effect at the next. */
  readonly options: () => RelayOptions;
  readonly net: Net;
  readonly clock: Clock;
  readonly log: Log;
}

type Settle = (job: DeliveryJob, destination: Destination, outcome: Outcome) => Promise<void>;

/** Begins the lane of a domain that no gateway line covers. */
const NO_GATEWAY = "no gateway for ";

/** Sessions in a row that broke off before anything was answered, until the rest must wait. */
const MAX_VAIN_SESSIONS = 2;

/** Relays over SMTP: a lane is a gateway, and a batch shares one connection. */
export function createRelay(deps: RelayDeps): DeliveryAgent {
  return {
    laneOf(destination) {
      const address = addressOf(destination);
      const gateway = gatewayFor(address, deps.options().gateways);
      return gateway === undefined
        ? NO_GATEWAY + splitAddress(address).domain
        : `${gateway.host}:${gateway.port}`;
    },
    async deliver(lane, jobs, settle, signal) {
      if (lane.startsWith(NO_GATEWAY)) {
        const reason = `There is ${lane}: add \`gateway * <host>\` to dmail.conf`;
        for (const job of jobs) await settleAll({ job }, settle, () => temporary("4.4.4", reason));
        return;
      }
      await new Session(deps, parseLane(lane), settle).deliver(jobs, signal);
    },
  };
}

class Session {
  readonly #deps: RelayDeps;
  readonly #gateway: Endpoint;
  readonly #settle: Settle;

  constructor(deps: RelayDeps, gateway: Endpoint, settle: Settle) {
    this.#deps = deps;
    this.#gateway = gateway;
    this.#settle = settle;
  }

  async deliver(jobs: readonly DeliveryJob[], signal: AbortSignal): Promise<void> {
    let client: SmtpClient | undefined;
    let vain = 0;
    try {
      for (const [index, job] of jobs.entries()) {
        if (job.withdrawn) continue;
        try {
          client = client?.isOpen ? client : await this.#connect(signal);
        } catch (error) {
          await this.#defer(jobs.slice(index), error);
          return;
        }
        const answered = await this.#send(client, job);
        vain = answered ? 0 : vain + 1;
        if (vain === MAX_VAIN_SESSIONS) {
          const reason = `The session with ${this.#gateway.host} broke off twice in a row`;
          await this.#defer(jobs.slice(index + 1), new SmtpError(reason, "4.4.2"));
          return;
        }
      }
    } finally {
      await client?.quit();
    }
  }

  async #connect(signal: AbortSignal): Promise<SmtpClient> {
    const { clock, log, options } = this.#deps;
    const { hostname, connectTimeoutMs } = options();
    const startedMs = clock.monotonic();
    const target = { ...this.#gateway, hostname, connectTimeoutMs };
    const client = await SmtpClient.connect(target, this.#deps, signal);
    const ms = Math.round(clock.monotonic() - startedMs);
    log.debug("Connected to gateway", { ...this.#gateway, ms });
    return client;
  }

  /** Sends one message to all it is for; whether the server said anything to the point. */
  async #send(client: SmtpClient, job: DeliveryJob): Promise<boolean> {
    let answered = false;
    for (let start = 0; start < job.destinations.length; start += MAX_RECIPIENTS) {
      const some = job.destinations.slice(start, start + MAX_RECIPIENTS);
      const mail = {
        message: job.message,
        addresses: some.map(addressOf),
        host: this.#gateway.host,
      };
      const outcomes = await sendMail(client, mail);
      let next = 0;
      await settleAll({ job, some }, this.#settle, () => outcomes[next++] ?? INTERRUPTED);
      answered ||= outcomes.some(({ kind }) => kind !== "temporary");
    }
    return client.isOpen || answered;
  }

  async #defer(jobs: readonly DeliveryJob[], error: unknown): Promise<void> {
    if (!(error instanceof SmtpError)) throw error;
    this.#deps.log.warn("Gateway failed", { ...this.#gateway, reason: error.message });
    const outcome = temporary(error.status, error.message);
    for (const job of jobs) await settleAll({ job }, this.#settle, () => outcome);
  }
}

const INTERRUPTED = temporary("4.4.2", "The session ended before there was an answer");

/** All at once: the queue makes them durable with one write. */
async function settleAll(
  { job, some = job.destinations }: {
    readonly job: DeliveryJob;
    readonly some?: readonly Destination[];
  },
  settle: Settle,
  outcomeOf: () => Outcome,
): Promise<void> {
  await Promise.all(some.map((destination) => settle(job, destination, outcomeOf())));
}

function temporary(status: string, reason: string): Outcome {
  return { kind: "temporary", status, reason };
}

function addressOf(destination: Destination): string {
  if (destination.kind !== "relay") throw new TypeError(`Not for the world: ${destination.kind}`);
  return destination.address;
}

function parseLane(lane: string): Endpoint {
  const colon = lane.lastIndexOf(":");
  return { host: lane.slice(0, colon), port: Number(lane.slice(colon + 1)) };
}
