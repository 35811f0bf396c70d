import { asciiDomainPattern, matchesDomain } from "../../formats/domain.ts";
import type { Facts } from "./facts.ts";

/** Who may ask with ETRN must have something to ask for, and what waits somebody who may. */
export function etrn({ values, report, isLocal }: Facts): void {
  for (const [index, { domain }] of values.etrn_from.entries()) {
    if (!isLocal(domain)) continue;
    const usage = "remove this line, or name a domain elsewhere";
    const text = `etrn_from: mail for ${domain} is delivered here and never waits; ${usage}`;
    report("warning", "etrn_from", text, index);
  }
  if (values.etrn_from.length === 0) return; // Anybody may.
  const asked = [...values.etrn_from.filter(({ who }) => who !== "nobody"), ...values.atrn_domain]
    .map(({ domain }) => asciiDomainPattern(domain));
  for (const [index, domain] of values.suspend_domain.entries()) {
    const parked = asciiDomainPattern(domain);
    const isAskedFor = matchesDomain(asked, parked) ||
      asked.some((one) => matchesDomain([parked], one));
    if (isAskedFor || isLocal(domain)) continue;
    const usage = `write "etrn_from ${domain} <addresses>" too`;
    const text = `suspend_domain: etrn_from lets nobody ask for the mail of ${domain}; ${usage}`;
    report("warning", "suspend_domain", text, index);
  }
}
