import { parseAddressList, parsePath, splitAddress } from "../../formats/address.ts";
import { fieldsNamed, fieldValue, type HeaderField } from "../../formats/header.ts";

/** Who a message is for, as its header says. */
export interface FoundRecipients {
  /** Each once, in the order of the header, domains rewritten; empty if nothing names anybody. */
  readonly addresses: readonly string[];
  /** Where they were found, for the trace: `To`, `Delivered-To`, `the account's to=`, `nowhere`. */
  readonly where: string;
}

/** What decides who a message is for. */
export interface RecipientRules {
  /** `to=` of the account: everything goes there; empty for none. */
  readonly to: string;
  /** `pf_header` (S52); empty for none. */
  readonly header: string;
  /** `pf_domain` (S54): put in place of every domain; empty for none. */
  readonly domain: string;
}

/**
 * Finds the recipients of a fetched message: the account's `to=`, else the first of pf_header,
 * `X-Rcpt-To` or `X-Recip-To` (A31), and `To` that holds an address (B47). It never guesses from
 * anything else. A header that names only strangers decides too: who wrote it knew better than `To`.
 */
export function findRecipients(
  fields: readonly HeaderField[],
  { to, header, domain }: RecipientRules,
): FoundRecipients {
  if (to !== "") return { addresses: [to], where: "the account's to=" };
  const candidates = [header, "X-Rcpt-To", "X-Recip-To", "To"].filter((name) => name !== "");
  for (const name of candidates) {
    const found = fieldsNamed(fields, name).flatMap(({ value }) => parseAddressList(value));
    if (found.length === 0) continue;
    const addresses = found.map(({ address }) => withDomain(address, domain));
    return { addresses: eachOnce(addresses), where: name };
  }
  return { addresses: [], where: "nowhere" };
}

/** The envelope sender: what the provider's delivery noted; empty if it noted none (B49). */
export function senderOf(fields: readonly HeaderField[]): string {
  try {
    const path = parsePath(fieldValue(fields, "Return-Path") ?? "<>");
    return path.includes("@") ? path : "";
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return "";
  }
}

/** Addresses without those that differ in case alone. */
export function eachOnce(addresses: readonly string[]): string[] {
  const seen = new Set<string>();
  return addresses.filter((address) => {
    const key = address.toLowerCase();
    return !seen.has(key) && seen.add(key);
  });
}

function withDomain(address: string, domain: string): string {
  return domain === "" ? address : `${splitAddress(address).local}@${domain}`;
}
