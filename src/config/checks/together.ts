import { asciiDomain } from "../../formats/domain.ts";
import type { Evaluation } from "../evaluate.ts";
import type { ConfigProblem } from "../problem.ts";
import { atrn } from "./atrn.ts";
import { etrn } from "./etrn.ts";
import type { Facts } from "./facts.ts";
import { limits } from "./guard.ts";
import { fetching, line } from "./line.ts";
import { authentication, compulsory, ports, tls } from "./machine.ts";
import { domains, gateways, relaying, suspended } from "./mail.ts";
import { forwarding, virtualDomains } from "./forwarding.ts";
import { maildrops } from "./maildrops.ts";
import { pickup } from "./pickup.ts";

/** What must be there, and what cannot be right together. `file` is the main file. */
export function checkTogether(evaluation: Evaluation, file: string): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { values, origins, mentioned } = evaluation;
  const local = [...values.host_domain, ...values.vdomain.map(({ domain }) => domain)]
    .map(asciiDomain);
  const facts: Facts = {
    values,
    isLocal: (domain) => local.includes(asciiDomain(domain)),
    isBad: (name) => mentioned.has(name) && !origins.has(name),
    report(severity, name, message, index = 0) {
      const place = origins.get(name)?.[index] ?? { file, line: 0 };
      problems.push({ severity, file: place.file, line: place.line, message });
    },
  };
  for (const check of CHECKS) check(facts);
  return problems;
}

const CHECKS: readonly ((facts: Facts) => void)[] = [
  compulsory,
  authentication,
  ports,
  tls,
  relaying,
  limits,
  gateways,
  suspended,
  atrn,
  etrn,
  domains,
  virtualDomains,
  forwarding,
  maildrops,
  pickup,
  line,
  fetching,
];
