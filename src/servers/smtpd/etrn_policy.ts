import { type IpList, matchesAnyIp, matchesEverybody } from "../../formats/ip_list.ts";
import { sameAddress, unmapped } from "../../formats/ip_address.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { PolicyOptions } from "./policy_options.ts";
import type { Client } from "./replies.ts";

/** One etrn_from line: who may ask for the mail of a domain. */
export interface EtrnRule {
  /** In ASCII and lower case; it may be a wildcard. */
  readonly domain: string;
  /** Addresses, a permissive list; `users`: who has logged in. */
  readonly who: IpList | "users" | "nobody";
}

/** Whether somebody may ask with ETRN. */
export type EtrnPermission =
  /** He is named, by address or as one of the users. */
  | "named"
  /** Anybody may. */
  | "anybody"
  /** Users may, and he has not logged in. */
  | "login"
  | "refused";

/** Who asks. */
export type EtrnClient = Pick<Client, "address" | "door" | "user">;

type EtrnPolicy = Pick<PolicyOptions, "etrnRules" | "etrnFarm">;

/**
 * Whether a client may ask for a domain. Without any etrn_from line anybody may (A14): mail goes only
 * where it always goes, never to who asked. With one, only those may whom one for the domain names.
 */
export function etrnPermission(
  domain: string,
  client: EtrnClient,
  policy: EtrnPolicy,
): EtrnPermission {
  if (isOfFarm(policy, client.address)) return "named";
  if (policy.etrnRules.length === 0) return "anybody";
  const rules = policy.etrnRules.filter((rule) => matchesWildcard(rule.domain, domain));
  const matching = rules.filter((rule) => permits(rule, client));
  if (matching.some(({ who }) => typeof who === "string" || !matchesEverybody(who))) return "named";
  if (matching.length > 0) return "anybody";
  return rules.some(({ who }) => who === "users") ? "login" : "refused";
}

/**
 * Whether there is ETRN at all: not on ports where mail is submitted (RFC 6409 section 7), nor, but
 * for the farm, where etrn_from says nobody.
 */
export function hasEtrn({ door, address }: EtrnClient, policy: EtrnPolicy): boolean {
  if (door !== "smtp") return false;
  const { etrnRules } = policy;
  return etrnRules.length === 0 || etrnRules.some(({ who }) => who !== "nobody") ||
    isOfFarm(policy, address);
}

/** Whether a client may ask for some domain; EHLO names ETRN to no other. */
export function mayUseEtrn(
  client: EtrnClient,
  policy: EtrnPolicy,
  { mayLogIn }: { readonly mayLogIn: boolean },
): boolean {
  if (!hasEtrn(client, policy)) return false;
  if (policy.etrnRules.length === 0 || isOfFarm(policy, client.address)) return true;
  return policy.etrnRules.some((rule) =>
    permits(rule, client) || (rule.who === "users" && mayLogIn)
  );
}

/** Whether an address is that of one of the farm's servers (etrn_relay). */
export function isOfFarm({ etrnFarm }: Pick<EtrnPolicy, "etrnFarm">, address: string): boolean {
  return etrnFarm.some((host) => sameAddress(host, unmapped(address)));
}

function permits({ who }: EtrnRule, { address, user }: EtrnClient): boolean {
  if (who === "nobody") return false;
  return who === "users" ? user !== undefined : matchesAnyIp(who, address);
}
