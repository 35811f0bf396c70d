import type { Accounts } from "../accounts/mod.ts";
import type { Step, StepResult } from "./chain.ts";
import { parseForwardList } from "./forward_list.ts";
import type { Destination } from "./mod.ts";
import { literalIn, type Recipient, recipientOf } from "./recipient.ts";
import type { RoutingTables } from "./tables.ts";

/** What the steps look up. */
export interface StepInputs {
  readonly tables: RoutingTables;
  readonly accounts: Pick<Accounts, "lookup" | "list">;
}

const PASS: StepResult = { kind: "pass" };

/** The steps in the order of B15; each passes on what is not its business. */
export function stepsOf(inputs: StepInputs): readonly Step[] {
  return [relayStep, userStep, postmasterStep, fallbackStep, unknownStep]
    .map((step) => (recipient) => step(recipient, inputs));
}

function relayStep(recipient: Recipient, { tables }: StepInputs): StepResult {
  const { address, domain, isLocal } = recipient;
  if (isLocal) return PASS;
  if (literalIn(domain) !== undefined) {
    return rejected(address, "5.1.2", "Mail to address literals is not relayed");
  }
  const gateway = tables.gatewayFor(domain);
  const next = gateway === undefined ? `the mail exchanger of ${domain}` : `the gateway ${gateway}`;
  return ended([{ kind: "relay", address }], `is not local: goes to ${next}`);
}

async function userStep(
  recipient: Recipient,
  { tables, accounts }: StepInputs,
): Promise<StepResult> {
  const found = await accounts.lookup(recipient.local);
  if (found.kind === "unknown") return PASS;
  if (found.kind === "unavailable") {
    return { kind: "unavailable", status: "4.3.0", reason: found.reason };
  }
  const { user, forward } = found.account;
  const maildrop: Destination = { kind: "maildrop", user };
  if (forward === undefined) return ended([maildrop], `is the local user ${user}`);
  const targets = parseForwardList(forward);
  const addresses = targets.flatMap((target) => target.kind === "address" ? [target.address] : []);
  const others = addresses.filter((to) => recipientOf(to, tables).key !== recipient.key);
  // Robots and files are not carried out here: the mail must not be lost for it.
  const keepsCopy = others.length === 0 || others.length < targets.length;
  return {
    kind: "done",
    destinations: keepsCopy ? [maildrop] : [],
    next: others,
    text: `is the local user ${user}, whose mail goes to ${forward}`,
  };
}

/** There is always somebody who reads the postmaster's mail (RFC 5321 section 4.5.1). */
async function postmasterStep(
  recipient: Recipient,
  { tables, accounts }: StepInputs,
): Promise<StepResult> {
  if (recipient.local !== "postmaster") return PASS;
  if (tables.sysadmin !== "") {
    const sysadmin = recipientOf(tables.sysadmin, tables);
    const known = !sysadmin.isLocal || (await accounts.lookup(sysadmin.local)).kind !== "unknown";
    if (known && sysadmin.key !== recipient.key) {
      return redirected(tables.sysadmin, `is the postmaster: goes to sysadmin ${tables.sysadmin}`);
    }
  }
  try {
    const [first] = await accounts.list();
    if (first === undefined) return PASS;
    return redirected(first, `is the postmaster: goes to ${first}, the first user`);
  } catch (error) {
    return { kind: "unavailable", status: "4.3.0", reason: `Cannot list the users: ${error}` };
  }
}

function fallbackStep({ domain }: Recipient, { tables }: StepInputs): StepResult {
  const fallback = fallbackFor(domain, tables);
  if (fallback === undefined) return PASS;
  return redirected(fallback, `is not a user: goes to the fallback address ${fallback}`);
}

function unknownStep({ address }: Recipient): StepResult {
  return rejected(address, "5.1.1", "No such user here");
}

/** The line for this very domain, then the main domain's for its synonyms, then the one for all. */
function fallbackFor(domain: string, tables: RoutingTables): string | undefined {
  const main = (tables.hostDomains[0] ?? "").toLowerCase();
  for (const wanted of [domain, main, "*"]) {
    const line = tables.fallbackAddresses.find((line) => line.domain.toLowerCase() === wanted);
    if (line !== undefined) return line.address;
  }
  return undefined;
}

function ended(destinations: readonly Destination[], text: string): StepResult {
  return { kind: "done", destinations, next: [], text };
}

function redirected(to: string, text: string): StepResult {
  return { kind: "done", destinations: [], next: [to], text };
}

function rejected(address: string, status: string, reason: string): StepResult {
  return ended([{ kind: "reject", address, status, reason }], `is rejected: ${reason}`);
}
