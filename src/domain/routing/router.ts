import type { Accounts } from "../accounts/mod.ts";
import { type ChainResult, followChain } from "./chain.ts";
import type { Destination, Resolution, Router, Verdict } from "./mod.ts";
import { recipientOf } from "./recipient.ts";
import { relayRuleFor } from "./relay_rules.ts";
import { stepsOf } from "./steps.ts";
import type { RoutingTables } from "./tables.ts";

/** What {@linkcode createRouter} works with. */
export interface RouterOptions {
  /** The tables of now: a reload takes effect with the next address. */
  readonly tables: () => RoutingTables;
  readonly accounts: Pick<Accounts, "lookup" | "list">;
}

/** Builds the router: the recipient chain (B15) and who may relay. */
export function createRouter({ tables, accounts }: RouterOptions): Router {
  const follow = (address: string, now: RoutingTables) =>
    followChain(recipientOf(address, now), {
      steps: stepsOf({ tables: now, accounts }),
      read: (next) => recipientOf(next, now),
    });
  return {
    async check(address, origin, sender = "") {
      const now = tables(); // One look: a reload must not come between the chain and the rules.
      return verdictOf(await follow(address, now), {
        mayRelay: () => relayRuleFor({ recipient: address, sender, origin }, now) !== undefined,
      });
    },

    async resolve(address): Promise<Resolution> {
      const result = await follow(address, tables());
      if (result.kind === "unavailable") return result;
      const { destinations, steps } = result;
      return { kind: "resolved", destinations, steps };
    },

    isLocal: (address) => recipientOf(address, tables()).isLocal,
  };
}

function verdictOf(result: ChainResult, { mayRelay }: { mayRelay: () => boolean }): Verdict {
  if (result.kind === "unavailable") {
    return { kind: "defer", status: result.status, reason: result.reason };
  }
  const accepted = result.destinations.filter((end) => end.kind !== "reject");
  const [refused] = result.destinations.filter(isReject);
  if (accepted.length === 0 && refused !== undefined) {
    return { kind: "refuse", status: refused.status, reason: refused.reason };
  }
  // Where a local user's mail goes is the user's and the administrator's decision, not the client's.
  const users = accepted.flatMap((end) => end.kind === "maildrop" ? [end.user] : []);
  if (result.redirected) return { kind: "accept", to: "redirected", users };
  if (accepted.every((end) => end.kind === "maildrop")) {
    return { kind: "accept", to: "local", users };
  }
  if (mayRelay()) return { kind: "accept", to: "relay", users };
  return { kind: "refuse", status: "5.7.1", reason: "Relaying is not permitted" };
}

function isReject(end: Destination): end is Extract<Destination, { kind: "reject" }> {
  return end.kind === "reject";
}
