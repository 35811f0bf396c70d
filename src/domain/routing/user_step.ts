import { splitAddress } from "../../formats/address.ts";
import { type ForwardTarget, parseForwardList } from "../../formats/forward_target.ts";
import type { Account, Accounts } from "../accounts/mod.ts";
import type { Led, StepResult } from "./chain.ts";
import { type Listed, listed } from "./destinations.ts";
import type { ForwardFileKind, ForwardFiles } from "./forward_files.ts";
import { type Recipient, recipientOf } from "./recipient.ts";
import type { RoutingTables } from "./tables.ts";

/** What is looked up about a user. */
export interface UserInputs {
  readonly tables: RoutingTables;
  readonly accounts: Pick<Accounts, "lookup">;
  readonly forwardFiles: ForwardFiles;
}

/**
 * The user, where the database sends the user's mail, and, where that leaves a copy to the user,
 * the forward file in its place (B16, A17).
 */
export async function userStep(recipient: Recipient, inputs: UserInputs): Promise<StepResult> {
  // `" bob"` is not bob: a login may begin with a blank, but no rule for bob has seen this one.
  if (recipient.local !== recipient.local.trim()) return { kind: "pass" };
  const found = await inputs.accounts.lookup(`${recipient.local}@${recipient.domain}`);
  switch (found.kind) {
    case "unknown":
      return { kind: "pass" };
    case "unavailable":
      return { kind: "unavailable", status: "4.3.0", reason: found.reason };
    case "found":
      break;
  }
  const { account } = found;
  const user = `is the local user ${account.user}`;
  if (account.forward === undefined) return await copyToUser(account, recipient, inputs, user);
  const targets = parseForwardList(account.forward);
  const list = own(targets, account, recipient, inputs);
  const forwarded = ledBy(list, `${user}, whose mail goes to ${account.forward}${refusal(list)}`);
  if (!keepsCopy(list)) return forwarded;
  const kept = await copyToUser(account, recipient, inputs, forwarded.text);
  return kept.kind === "led" ? together(forwarded, kept) : kept;
}

/** The copy that is for the user, where the forward file has it go. */
async function copyToUser(
  account: Account,
  recipient: Recipient,
  inputs: UserInputs,
  before: string,
): Promise<StepResult> {
  const file = await inputs.forwardFiles.read(account, forwardFileOf(account, inputs.tables));
  const copy: Led = {
    kind: "led",
    destinations: [{ kind: "maildrop", user: account.user }],
    next: [],
    discards: false,
    goesOn: false,
    text: before,
  };
  if (file.kind === "none") return copy;
  if (file.kind === "unavailable") {
    return { kind: "unavailable", status: "4.3.0", reason: file.reason };
  }
  const targets = parseForwardFile(file.text, recipient);
  if (targets.length === 0) return { ...copy, text: `${before}; ${file.path} is empty` };
  const list = own(targets, account, recipient, inputs);
  const forwarded = ledBy(list, `${before}; ${file.path} says where to${refusal(list)}`);
  return keepsCopy(list) ? together(forwarded, { ...copy, text: forwarded.text }) : forwarded;
}

/** B17: all four must be true for `.forward`; a user who was found was looked up. */
function forwardFileOf({ home }: Account, { dotForward }: RoutingTables): ForwardFileKind {
  return dotForward && home !== undefined ? ".forward" : ".fwd";
}

/** A list each line, and comment lines. `\bob` is bob himself, as sendmail's users write it. */
function parseForwardFile(text: string, { local }: Recipient): readonly ForwardTarget[] {
  return text.split("\n").filter((line) => !/^\s*#/.test(line))
    .flatMap((line) => parseForwardList(line))
    .map((target) => {
      const isSelf = target.kind === "file" && target.path.toLowerCase() === `\\${local}`;
      return isSelf ? { kind: "self" } : target;
    });
}

function own(
  targets: readonly ForwardTarget[],
  { user }: Account,
  recipient: Recipient,
  { tables }: UserInputs,
): Listed {
  // Not the recipient's: a user has several addresses, and the sender chooses among them.
  const { domain } = splitAddress(tables.names.addressOf(user));
  return listed(targets, recipient, {
    owner: { kind: "user", user, domain },
    keyOf: (address) => recipientOf(address, tables).key,
  });
}

/** Nothing is lost for what is refused, nor for a list that leads nowhere. */
function keepsCopy({ destinations, next, discards, hasSelf, refused }: Listed): boolean {
  return hasSelf || refused.length > 0 ||
    (destinations.length === 0 && next.length === 0 && !discards);
}

function refusal({ refused }: Listed): string {
  if (refused.length === 0) return "";
  return ` (not to ${refused.join(", ")}: a user's own list names addresses and programs; ` +
    "the user keeps the mail)";
}

function ledBy({ destinations, next, discards }: Listed, text: string): Led {
  return { kind: "led", destinations, next, discards, goesOn: false, text };
}

/** Both, with the text of the second, which goes on where that of the first ends. */
function together(first: Led, second: Led): Led {
  return {
    ...second,
    destinations: [...first.destinations, ...second.destinations],
    next: [...first.next, ...second.next],
    discards: first.discards || second.discards,
  };
}
