import { isHostAddress, isLiteral, literalAddress } from "../../formats/address_literal.ts";
import { targetsInWords } from "../../formats/forward_target.ts";
import { matchesWildcard } from "../../formats/wildcard.ts";
import type { Led, Step, StepContext, StepResult } from "./chain.ts";
import { listed } from "./destinations.ts";
import type { Destination } from "./mod.ts";
import { type Recipient, recipientOf } from "./recipient.ts";
import type { RoutingTables } from "./tables.ts";
import { type UserInputs, userStep } from "./user_step.ts";

/** What the steps look up. */
export interface StepInputs extends UserInputs {
  readonly accounts: UserInputs["accounts"] & { list(): Promise<readonly string[]> };
}

const PASS: StepResult = { kind: "pass" };

/** The steps in the order of B15; each passes on what is not its business. */
export function stepsOf(inputs: StepInputs): readonly Step[] {
  return [
    forwardStep,
    relayStep,
    aliasStep,
    userStep,
    absentStep,
    postmasterStep,
    fallbackStep,
    unknownStep,
  ].map((step) => (recipient, context) => step(recipient, inputs, context));
}

/** Every line that matches is applied, to addresses of any domain (S10, S11, A16). */
function forwardStep(recipient: Recipient, { tables }: StepInputs): StepResult {
  const matches = tables.forwards.all(recipient.ruleText);
  if (matches.length === 0) return PASS;
  const keyOf = (address: string) => recipientOf(address, tables).key;
  const lists = matches.map(({ rule, parts }) =>
    listed(rule.targets, recipient, { owner: { kind: "administrator", parts }, keyOf })
  );
  const lines = matches.map(({ rule }) =>
    `${rule.keepsOriginal ? "forward_cc" : "forward"} ${rule.pattern} ${
      targetsInWords(rule.targets)
    }`
  );
  return {
    kind: "led",
    destinations: lists.flatMap(({ destinations }) => destinations),
    next: lists.flatMap(({ next }) => next),
    discards: lists.some(({ discards }) => discards),
    goesOn: lists.some(({ hasSelf }) => hasSelf) ||
      matches.some(({ rule }) => rule.keepsOriginal),
    text: `is redirected by ${lines.join(" and ")}`,
  };
}

function relayStep(recipient: Recipient, { tables }: StepInputs): StepResult {
  const { address, domain, own } = recipient;
  if (own !== undefined) return PASS;
  const ip = literalAddress(domain);
  if (isLiteral(domain) && (ip === undefined || !isHostAddress(ip))) {
    return rejected(address, "5.1.2", `No mail is sent to ${domain}: it is no host's address`);
  }
  const gateway = tables.gatewayFor(domain);
  const host = ip === undefined ? `the mail exchanger of ${domain}` : `the host ${ip}`;
  const next = gateway === undefined ? host : `the gateway ${gateway}`;
  const waitsFor = tables.waitsFor?.(domain);
  const way = waitsFor === "ATRN"
    ? "waits until somebody asks for it by ATRN"
    : `${waitsFor === undefined ? "" : `waits until ${waitsFor} asks for it, and `}goes to ${next}`;
  return ended([{ kind: "relay", address }], `is not local: ${way}`);
}

function aliasStep(recipient: Recipient, { tables }: StepInputs): StepResult {
  const { local, own } = recipient;
  const found = own && tables.aliases.find(local, own);
  if (found === undefined) return PASS;
  const { rule, parts, source } = found;
  const { hasSelf, destinations, next, discards } = listed(rule.targets, recipient, {
    owner: { kind: "administrator", parts },
    keyOf: (address) => recipientOf(address, tables).key,
  });
  const place = rule.line === undefined ? source : `${source}:${rule.line}`;
  const text = `is the alias ${rule.pattern} of ${place}: ${targetsInWords(rule.targets)}`;
  return { kind: "led", destinations, next, discards, goesOn: hasSelf, text };
}

/** Nobody needs to be told when others get the mail: no fallback, no refusal (000:412-419). */
function absentStep(
  _recipient: Recipient,
  _inputs: StepInputs,
  { redirected }: StepContext,
): StepResult {
  return redirected ? ended([], "is not a user: only the others get the mail") : PASS;
}

/** The postmaster, and the name that our notices come from: somebody may answer them. */
const POSTMASTERS: readonly string[] = ["postmaster", "mailer-daemon"];

/** There is always somebody who reads the postmaster's mail (RFC 5321 section 4.5.1). */
async function postmasterStep(recipient: Recipient, inputs: StepInputs): Promise<StepResult> {
  const { accounts, tables } = inputs;
  if (!POSTMASTERS.includes(recipient.local)) return PASS;
  if (tables.sysadmin !== "" && await isSomebody(tables.sysadmin, recipient, inputs)) {
    return redirected(tables.sysadmin, `is the postmaster: goes to sysadmin ${tables.sysadmin}`);
  }
  try {
    const [first] = await accounts.list();
    if (first === undefined) return PASS;
    const address = tables.names.addressOf(first);
    return redirected(address, `is the postmaster: goes to ${address}, the first user`);
  } catch {
    // A stranger reads this; what is wrong with the disk stands in the log.
    return { kind: "unavailable", status: "4.3.0", reason: "The users cannot be listed" };
  }
}

/** Whether mail for `address` gets somewhere, and not back to the recipient. */
async function isSomebody(
  address: string,
  recipient: Recipient,
  { tables, accounts }: StepInputs,
): Promise<boolean> {
  const { key, local, domain, own, ruleText } = recipientOf(address, tables);
  if (key === recipient.key) return false;
  if (own === undefined || tables.forwards.all(ruleText).length > 0) return true;
  if (tables.aliases.find(local, own) !== undefined) return true;
  return (await accounts.lookup(`${local}@${domain}`)).kind !== "unknown";
}

function fallbackStep(recipient: Recipient, { tables }: StepInputs): StepResult {
  const fallback = fallbackFor(recipient, tables);
  if (fallback === undefined || recipientOf(fallback, tables).key === recipient.key) return PASS;
  return redirected(fallback, `is not a user: goes to the fallback address ${fallback}`);
}

function unknownStep({ address }: Recipient): StepResult {
  return rejected(address, "5.1.1", "No such user here");
}

/** The line for this very domain, then the main domain's for its synonyms, then wildcards. */
function fallbackFor(
  { domain, own }: Recipient,
  { fallbackAddresses: lines, names }: RoutingTables,
): string | undefined {
  const lineOf = (wanted: string) => lines.find((line) => line.domain === wanted);
  const line = lineOf(domain) ??
    (own?.prefix === "" ? lineOf(names.main.name) : undefined) ??
    lines.find((line) => /[*?]/.test(line.domain) && matchesWildcard(line.domain, domain));
  return line?.address;
}

function ended(destinations: readonly Destination[], text: string): Led {
  return { kind: "led", destinations, next: [], discards: false, goesOn: false, text };
}

function redirected(to: string, text: string): Led {
  return { ...ended([], text), next: [to] };
}

function rejected(address: string, status: string, reason: string): Led {
  return ended([{ kind: "reject", address, status, reason }], `is rejected: ${reason}`);
}
