import type { Accounts } from "../accounts/mod.ts";
import { type ChainResult, followChain, type Followed } from "./chain.ts";
import type { ForwardFiles } from "./forward_files.ts";
import type { ChainStep, Destination, Resolution, Router, Verdict } from "./mod.ts";
import { recipientOf } from "./recipient.ts";
import { relayRuleFor } from "./relay_rules.ts";
import { stepsOf } from "./steps.ts";
import type { RoutingTables } from "./tables.ts";

/** What {@linkcode createRouter} works with. */
export interface RouterOptions {
  /** The tables of now: a reload takes effect with the next address. */
  readonly tables: () => RoutingTables;
  readonly accounts: Pick<Accounts, "lookup" | "list">;
  /** Nobody has a forward file if it is absent. */
  readonly forwardFiles?: ForwardFiles;
  /** Told of each chain that was followed, for log_chain (S14). */
  readonly onChain?: (steps: readonly ChainStep[]) => void;
}

const NO_FORWARD_FILES: ForwardFiles = { read: () => Promise.resolve({ kind: "none" }) };

/** Builds the router: the recipient chain (B15) and who may relay. */
export function createRouter(
  { tables, accounts, forwardFiles = NO_FORWARD_FILES, onChain = () => {} }: RouterOptions,
): Router {
  const follow = async (address: string, now: RoutingTables) => {
    const result = await followChain(recipientOf(address, now), {
      steps: stepsOf({ tables: now, accounts, forwardFiles }),
      read: (next) => recipientOf(next, now),
    });
    onChain(result.steps);
    return result;
  };
  return {
    async check(address, origin, sender = "") {
      const now = tables(); // One look: a reload must not come between the chain and the rules.
      return verdictOf(await follow(address, now), {
        mayRelay: () => relayRuleFor({ recipient: address, sender, origin }, now) !== undefined,
      });
    },

    async resolve(address): Promise<Resolution> {
      const result = await follow(address, tables());
      const { steps } = result;
      if (result.kind === "resolved") {
        return { kind: "resolved", destinations: result.destinations, steps };
      }
      return { kind: "unavailable", status: result.status, reason: result.reason };
    },

    isLocal: (address) => recipientOf(address, tables()).own !== undefined,
  };
}

function verdictOf(result: ChainResult, { mayRelay }: { mayRelay: () => boolean }): Verdict {
  if (result.kind === "unavailable") {
    return { kind: "defer", status: result.status, reason: result.reason };
  }
  const refused = refusalOf(result);
  if (refused !== undefined) return refused;
  // A copy that a rule sends elsewhere does not open the way to the recipient itself.
  if (result.relaysItself && !mayRelay()) {
    return { kind: "refuse", status: "5.7.1", reason: "Relaying is not permitted" };
  }
  // Where a local user's mail goes is the user's and the administrator's decision, not the client's.
  const users = usersAlone(result.destinations);
  const to = result.redirected ? "redirected" : result.relaysItself ? "relay" : "local";
  return { kind: "accept", to, users };
}

/** None if somebody gets the message who has no maildrop: no full one keeps it from him. */
function usersAlone(destinations: readonly Destination[]): readonly string[] {
  const good = destinations.filter((end) => !isReject(end));
  const users = good.flatMap((end) => end.kind === "maildrop" ? [end.user] : []);
  return users.length === good.length ? users : [];
}

/** Refused is who leads to nobody. */
function refusalOf({ destinations, discards }: Followed): Verdict | undefined {
  const [first] = destinations.filter(isReject);
  if (discards || first === undefined || !destinations.every(isReject)) return undefined;
  return { kind: "refuse", status: first.status, reason: first.reason };
}

function isReject(end: Destination): end is Extract<Destination, { kind: "reject" }> {
  return end.kind === "reject";
}
