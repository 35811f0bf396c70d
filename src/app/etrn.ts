import { type Gateway, gatewayFor } from "../agents/relay/mod.ts";
import type { Queue } from "../domain/queue/mod.ts";
import type { Router } from "../domain/routing/mod.ts";
import { isWithin } from "../formats/domain.ts";
import { formatEtrn } from "../formats/etrn.ts";
import { sameAddress, unmapped } from "../formats/ip_address.ts";
import type { Clock, Log } from "../platform/mod.ts";
import type { EtrnAnswer, EtrnQuestion } from "../servers/smtpd/mod.ts";
import { EtrnFarm, type EtrnFarmDeps } from "./etrn_farm.ts";
import { EtrnRuns, type Node } from "./etrn_runs.ts";
import { isUp, type LineState } from "./while_up.ts";

/** What ETRN works with. */
export interface EtrnDeps extends Pick<EtrnFarmDeps, "members" | "hostname" | "isOwn" | "net"> {
  readonly queue: Pick<Queue, "flush" | "suspended" | "waitingFor">;
  readonly router: Pick<Router, "isLocal">;
  readonly link: LineState;
  /** The gateways of now. */
  readonly gateways: () => readonly Gateway[];
  /** Domains in ASCII whose mail goes out by ATRN (atrn_domain), unless a gateway of theirs takes it. */
  readonly atrnDomains: () => readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

/**
 * Answers those who ask for waiting mail (RFC 1985, B9): what waits for the domain is tried now,
 * suspended or not, and the other servers of the farm are told (S22). Disposing it breaks off what
 * is under way.
 */
export class Etrn implements AsyncDisposable {
  readonly #deps: EtrnDeps;
  readonly #stop = new AbortController();
  readonly #runs: EtrnRuns;
  readonly #farm: EtrnFarm;

  constructor(deps: EtrnDeps) {
    const signal = AbortSignal.any([deps.signal, this.#stop.signal]);
    this.#deps = deps;
    this.#runs = new EtrnRuns({ ...deps, signal });
    this.#farm = new EtrnFarm({ ...deps, signal });
  }

  /**
   * What to say. Whom nobody knows hears that delivery has begun, whether or not anything waits: how
   * much mail a domain gets is not everybody's business.
   */
  answer(question: EtrnQuestion): EtrnAnswer {
    const node: Node = { kind: "node", node: question.node, below: question.below };
    if (!node.below && this.#deps.router.isLocal(`postmaster@${node.node}`)) {
      return { kind: "refused", reason: "its mail is kept here" };
    }
    if (this.#goesByAtrn(node)) {
      return { kind: "refused", reason: "its mail is handed out by ATRN" };
    }
    const isKnown = question.isKnown || this.#isItsGateway(question);
    const waiting = this.#deps.queue.waitingFor(node.node, { below: node.below, held: false });
    const answer = this.#begin(node, { waiting, isKnown, isOfFarm: question.isOfFarm });
    // Whoever asks for whatever comes to his mind shall not fill the log.
    this.#deps.log[isKnown || waiting > 0 ? "info" : "debug"]("ETRN", {
      domain: formatEtrn(node),
      client: question.address,
      waiting,
      answer: answer.kind,
    });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The appliance is stopping"));
    await Promise.all([this.#runs.ended(), this.#farm.ended()]);
  }

  #begin(
    node: Node,
    { waiting, isKnown, isOfFarm }: {
      readonly waiting: number;
      readonly isKnown: boolean;
      readonly isOfFarm: boolean;
    },
  ): EtrnAnswer {
    const { queue, link } = this.#deps;
    const isPassedOn = isUp(link) && !isOfFarm && this.#farm.pass(formatEtrn(node));
    const started: EtrnAnswer = { kind: "started" };
    if (waiting === 0 && isKnown) return isPassedOn ? started : { kind: "nothing" };
    const hindrance = !isUp(link)
      ? "the line is down"
      : queue.suspended
      ? "outgoing mail is suspended"
      : waiting === 0 || this.#runs.start(node, { hurries: isKnown })
      ? undefined
      : "too much is being delivered at the moment";
    if (hindrance !== undefined) {
      return isPassedOn ? started : { kind: "unable", reason: hindrance };
    }
    if (!isKnown) return started;
    // For several domains at once there is no count that belongs to the one that was named.
    return node.below ? { kind: "pending" } : { kind: "pending", messages: waiting };
  }

  /**
   * Such a domain has no host that mail could be sent to, and its exchanger may well be this server: to
   * try it would give the mail back to its senders.
   */
  #goesByAtrn({ node, below }: Node): boolean {
    const gateways = this.#deps.gateways().filter(({ domain }) => domain !== "*");
    return this.#deps.atrnDomains().some((domain) =>
      isWithin(domain, node, { below }) &&
      gatewayFor(`postmaster@${domain}`, gateways) === undefined
    );
  }

  /** Whether it is the host itself that the mail is for. */
  #isItsGateway({ node, address }: EtrnQuestion): boolean {
    const gateway = gatewayFor(`postmaster@${node}`, this.#deps.gateways());
    return gateway !== undefined && sameAddress(gateway.host, unmapped(address));
  }
}
