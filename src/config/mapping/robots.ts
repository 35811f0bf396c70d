import { asciiDomain, asciiDomainPattern } from "../../formats/domain.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { SettingValues } from "../settings/all.ts";

/** One domain_chroot line (S29). */
interface RobotRoot {
  readonly domain: string;
  readonly path: string;
}

/**
 * The root directories of robots by domain: the lines in their order, then what they say about
 * other names of the same users. Whoever sends the mail chooses among those names, and must not
 * choose where the robot runs.
 */
export function robotRoots(
  { domain_chroot, host_domain, vdomain }: Pick<
    SettingValues,
    "domain_chroot" | "host_domain" | "vdomain"
  >,
): readonly RobotRoot[] {
  const virtual = Map.groupBy(vdomain, ({ prefix }) => prefix.toLowerCase()).values();
  const sameUsers = [host_domain, ...virtual.map((lines) => lines.map(({ domain }) => domain))]
    .map((names) => [...new Set(names.map(asciiDomain))]);
  const lines = domain_chroot.map(({ domain, path }) => ({
    domain: asciiDomainPattern(domain),
    path,
  }));
  const others = lines.flatMap(({ domain: pattern, path }) =>
    sameUsers.filter((names) => names.some((name) => matchesWildcard(pattern, name)))
      .flatMap((names) => names.filter((name) => !matchesWildcard(pattern, name)))
      .map((domain) => ({ domain, path }))
  );
  return [...lines, ...others];
}
