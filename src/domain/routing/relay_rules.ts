import type { Origin } from "../../formats/envelope.ts";
import { splitAddress } from "../../formats/address.ts";
import { matchesDomain } from "../../formats/domain.ts";
import { matchesAnyWildcard, type WildcardList } from "../../formats/wildcard.ts";

/** The rules that open relaying. One is enough; without any it is closed (A10). */
export interface RelayRules {
  /** relay_to (S17): domains in ASCII, with wildcards, that mail is relayed to for anybody. */
  readonly relayTo: readonly string[];
  /** forward_from_ip (S18): whether a client at this address may relay to anywhere. */
  readonly forwardFromIp: (address: string) => boolean;
  /** forward_from: domains in ASCII, with wildcards, whose senders may relay. */
  readonly forwardFrom: readonly string[];
  /** forward_user: those who may relay once they have logged in; empty for all. */
  readonly forwardUser: WildcardList;
}

/** Mail for an address that is not ours. */
export interface RelayRequest {
  readonly recipient: string;
  /** Envelope sender; empty for a bounce. */
  readonly sender: string;
  readonly origin: Origin;
}

/** What opened relaying. */
export type RelayRule = "local" | "relay_to" | "forward_from_ip" | "forward_from" | "forward_user";

/**
 * The rule that lets a message be relayed; `undefined` if none does. That a domain has a gateway
 * (S19) opens nothing: a gateway says where mail goes, relay_to from whom it is taken.
 */
export function relayRuleFor(request: RelayRequest, rules: RelayRules): RelayRule | undefined {
  const { origin } = request;
  switch (origin.kind) {
    case "local":
      return "local";
    case "fetched":
      return undefined; // What was collected from the provider must never go back out by itself.
    case "network":
      if (rules.forwardFromIp(origin.address)) return "forward_from_ip";
      if (origin.user !== undefined && mayRelayAs(origin.user, rules)) return "forward_user";
      if (isOpenTo(request.recipient, rules)) return "relay_to";
      return isOpenFrom(request.sender, rules) ? "forward_from" : undefined;
  }
}

function mayRelayAs(user: string, { forwardUser }: RelayRules): boolean {
  return forwardUser.length === 0 || matchesAnyWildcard(forwardUser, user);
}

function isOpenTo(recipient: string, { relayTo }: RelayRules): boolean {
  const { local, domain } = splitAddress(recipient);
  return !isRouted(local) && matchesDomain(relayTo, domain);
}

/** A bounce has no sender, and no domain that could be meant: it never matches. */
function isOpenFrom(sender: string, { forwardFrom }: RelayRules): boolean {
  const { domain } = splitAddress(sender);
  return domain !== "" && matchesDomain(forwardFrom, domain);
}

/**
 * Whether the host behind the `@` might send the mail on to a third: `x%evil@partner`, `evil!x@…`,
 * `"x@evil"@…` (RFC 1123 section 5.2.16). It trusts us, and must not be used through us.
 */
function isRouted(local: string): boolean {
  return /[%!@]/.test(local);
}
