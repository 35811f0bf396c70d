import { asciiDomainPattern, matchesDomain } from "../../formats/domain.ts";
import type { Facts } from "./facts.ts";

/** Mail that is handed out by ATRN must wait here, and somebody must be asked for ours. */
export function atrn({ values, report, isLocal }: Facts): void {
  const parked = values.suspend_domain.map(asciiDomainPattern);
  // One of its own is meant to be tried, too.
  const routed = values.gateway.filter(({ domain }) => domain !== "*")
    .map(({ domain }) => asciiDomainPattern(domain));
  for (const [index, { domain }] of values.atrn_domain.entries()) {
    if (isLocal(domain)) {
      const usage = "remove this line, or name a domain elsewhere";
      const text = `atrn_domain: mail for ${domain} is delivered here and never waits; ${usage}`;
      report("warning", "atrn_domain", text, index);
    } else if (!matchesDomain([...parked, ...routed], domain)) {
      const usage = `write "suspend_domain ${domain}" too`;
      const text = `atrn_domain: mail for ${domain} is sent out and does not wait here; ${usage}`;
      report("warning", "atrn_domain", text, index);
    }
  }
  if (values.odmr_port === undefined) {
    const index = values.atrn_domain.findIndex(({ secret }) => secret !== undefined);
    const usage = 'write "odmr_port 366" too, or remove the secret';
    const text = `atrn_domain: a secret is for odmr_port alone; ${usage}`;
    if (index >= 0) report("warning", "atrn_domain", text, index);
  }
  if (values.odmr_port !== undefined && values.atrn_domain.length === 0) {
    const usage = 'write "atrn_domain <domain> <user>" too, or remove this line';
    report("warning", "odmr_port", `odmr_port: nobody gets any mail there; ${usage}`);
  }
  const { atrn_auth: login, ras_smtpip: upstream } = values;
  if (login !== undefined && login.host === undefined && upstream === undefined) {
    const usage = 'write the host behind the password, or "ras_smtpip <host>" too';
    report("error", "atrn_auth", `atrn_auth: no server is named; ${usage}`);
  }
}
