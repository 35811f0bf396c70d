import { asciiDomain } from "../../formats/domain.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { Facts } from "./facts.ts";

/** Relaying must not be open by mistake. */
export function relaying({ values, report }: Facts): void {
  const open = values.relay_to.findIndex((pattern) => /^[*.]+$/.test(pattern));
  if (open >= 0) {
    const usage = "write the domains that you take mail for";
    report(
      "warning",
      "relay_to",
      `relay_to: mail from everybody to everywhere is taken; ${usage}`,
      open,
    );
  }
}

/** Rules about gateways must be about gateways that there are, and passwords must be protected. */
export function gateways({ values, report }: Facts): void {
  const patterns = values.gateway.map(({ domain }) => domain);
  for (const name of ["gateway_auth", "gateway_tls"] as const) {
    for (const [index, { domain }] of values[name].entries()) {
      if (patterns.includes(domain)) continue;
      // For the world, exchangers too, there may be rules; a password must be meant for somebody.
      if (domain === "*" && name === "gateway_tls") continue;
      if (patterns.some((pattern) => matchesWildcard(pattern, domain))) continue;
      const usage = `write "gateway ${domain} <host>" too, or correct the domain`;
      report("warning", name, `${name}: ${domain} has no gateway; ${usage}`, index);
    }
  }
  for (const [index, { domain }] of values.gateway_auth.entries()) {
    const how = values.gateway_tls.find((rule) => rule.domain === domain)?.tls;
    if (how !== "none") continue;
    const usage = `write "gateway_tls ${domain} must"`;
    const text = `gateway_auth: the password for ${domain} crosses the line unprotected; ${usage}`;
    report("warning", "gateway_auth", text, index);
  }
}

/** What is suspended must be mail for the world. */
export function suspended({ values, report, isLocal }: Facts): void {
  for (const [index, domain] of values.suspend_domain.entries()) {
    if (!isLocal(domain)) continue;
    const usage = "remove this line, or name a domain elsewhere";
    const text = `suspend_domain: mail for ${domain} is delivered here and never waits; ${usage}`;
    report("warning", "suspend_domain", text, index);
  }
}

/** Each domain means one thing, and rules for ours name ours. */
export function domains({ values, report, isLocal }: Facts): void {
  const hosts = values.host_domain.map(asciiDomain);
  for (const [index, { domain }] of values.vdomain.entries()) {
    if (!hosts.includes(asciiDomain(domain))) continue;
    const usage = "keep one of the two lines";
    report("error", "vdomain", `vdomain: ${domain} is a host_domain already; ${usage}`, index);
  }
  const seen = new Set<string>();
  for (const [index, { domain }] of values.fallback_address.entries()) {
    if (seen.has(domain)) {
      const usage = "keep one line for each domain";
      report(
        "error",
        "fallback_address",
        `fallback_address: ${domain} has one already; ${usage}`,
        index,
      );
    }
    seen.add(domain);
  }
  for (const name of ["fallback_address", "alias_file_domain"] as const) {
    for (const [index, { domain }] of values[name].entries()) {
      if (/[*?]/.test(domain) || isLocal(domain)) continue;
      const usage = `write one of yours, or add "host_domain ${domain}"`;
      report("warning", name, `${name}: ${domain} is not a local domain; ${usage}`, index);
    }
  }
}
