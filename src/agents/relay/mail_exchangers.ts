import type { Random } from "../../platform/mod.ts";
import type { MailExchanger } from "./resolver.ts";

/** Most exchangers that are considered; who has more has many ways to the same place. */
const MAX_EXCHANGERS = 10;

/**
 * The names of exchangers in the order in which they are to be tried (RFC 5321 section 5.1): a group
 * for each preference, shuffled, so that equals share the load. Each name comes once, where it is
 * preferred most. No group at all: the domain takes no mail (null MX, RFC 7505).
 */
export function byPreference(
  exchangers: readonly MailExchanger[],
  random: Random,
): readonly (readonly string[])[] {
  let left = MAX_EXCHANGERS;
  return ranked(exchangers).map((group) => {
    const taken = shuffled(group, random).slice(0, left);
    left -= taken.length;
    return taken;
  }).filter((group) => group.length > 0);
}

/**
 * Names a set of exchangers, the same whoever they work for: those of the same rank by `,`, ranks by a
 * space. `undefined`: there are none, too many, or this server is one of them.
 */
export function exchangerSet(
  exchangers: readonly MailExchanger[],
  isOwnName: (host: string) => boolean,
): string | undefined {
  const groups = ranked(exchangers);
  const hosts = groups.flat();
  if (hosts.length === 0 || hosts.length > MAX_EXCHANGERS || hosts.some(isOwnName)) {
    return undefined;
  }
  return groups.map((group) => [...group].sort().join(",")).join(" ");
}

/** The names, those that are preferred most first, each once. */
function ranked(exchangers: readonly MailExchanger[]): readonly (readonly string[])[] {
  const best = new Map<string, number>();
  for (const { exchange, preference } of exchangers) {
    if (exchange === "") continue; // Beside others it means nothing (RFC 7505 section 3).
    best.set(exchange, Math.min(preference, best.get(exchange) ?? Infinity));
  }
  const groups = Map.groupBy(best.keys(), (exchange) => best.get(exchange) ?? 0);
  return [...groups].sort(([one], [other]) => one - other).map(([, group]) => group);
}

/** Every order with the same chance (Fisher and Yates). */
function shuffled<T>(things: readonly T[], random: Random): readonly T[] {
  const order = things.map((thing) => ({ thing, at: random.number() }));
  return order.sort((one, other) => one.at - other.at).map(({ thing }) => thing);
}
