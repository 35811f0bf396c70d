import { asciiDomain } from "../../formats/domain.ts";
import type { Facts } from "./facts.ts";

/** A domain is one domain, and what leads to it leads to no other. */
export function virtualDomains({ values, report }: Facts): void {
  const prefixes = new Map<string, string>();
  const owners = new Map<string, string>();
  const domains = new Map<string, string>();
  for (const [index, { prefix, domain, match }] of values.vdomain.entries()) {
    const name = asciiDomain(domain);
    const other = prefixes.get(name) ?? prefix;
    prefixes.set(name, other);
    if (other.toLowerCase() !== prefix.toLowerCase()) {
      const usage = "write one prefix in all lines of a domain";
      report(
        "error",
        "vdomain",
        `vdomain: ${domain} has the prefix ${other} already; ${usage}`,
        index,
      );
    }
    const owner = owners.get(prefix.toLowerCase()) ?? name;
    owners.set(prefix.toLowerCase(), owner);
    if (owner !== name && values.authent_domain) {
      const usage = "write another prefix for one of them";
      const text =
        `vdomain: ${owner} and ${domain} have the same maildrops, and with authent_domain `;
      report("error", "vdomain", `${text}not the same users; ${usage}`, index);
    }
    const key = match.kind === "ip" ? match.address : match.suffix;
    const led = domains.get(key) ?? name;
    domains.set(key, led);
    if (led !== name) {
      const usage = `write another one for ${domain}`;
      report("error", "vdomain", `vdomain: ${key} leads to ${led} already; ${usage}`, index);
    }
  }
}

/** `.forward` is read for the system's users only (B17). */
export function forwarding({ values, report }: Facts): void {
  if (values.no_dotforward || values.authent_method === "unix_user") return;
  const usage = "write authent_method unix_user, or remove this line";
  report(
    "warning",
    "no_dotforward",
    `no_dotforward: there are no home directories with authent_method ${values.authent_method}; ` +
      usage,
  );
}
