import { isAddress } from "../../formats/address.ts";

/** One destination of a `fwd` field (S60). */
export type ForwardTarget =
  /** `$user`: the user keeps a copy. */
  | { readonly kind: "self" }
  | { readonly kind: "address"; readonly address: string }
  /** Not carried out by this chain: a robot (`|program`), a file (B18), or nothing that makes sense. */
  | { readonly kind: "other"; readonly text: string };

/** Entries that are looked at; more are no list a person wrote. */
const MAX_TARGETS = 100;

/** Divides `bob@x,$user,"|robot args"` at its commas outside quotes (S60, B18). Never throws. */
export function parseForwardList(text: string): ForwardTarget[] {
  return (text.match(/(?:"[^"]*"|[^",]|")+/g) ?? []).slice(0, MAX_TARGETS)
    .map((item) => item.trim().replace(/^"(.*)"$/s, "$1").trim())
    .filter((item) => item !== "")
    .map(targetOf);
}

function targetOf(item: string): ForwardTarget {
  if (item.toLowerCase() === "$user") return { kind: "self" };
  const isFileOrRobot = item.startsWith("|") || /[\\/]/.test(item);
  const isUser = /^[^\s@<>|]+$/.test(item);
  if (!isFileOrRobot && (isUser || isAddress(item))) return { kind: "address", address: item };
  return { kind: "other", text: item };
}
