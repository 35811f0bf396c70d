import { readHeader } from "../../formats/header.ts";
import { count, size } from "../../formats/words.ts";
import { type Addressing, addressMessage } from "./addressing.ts";
import type { Pop3Client } from "./client.ts";
import type { Listed } from "./listing.ts";
import { findRecipients } from "./recipients.ts";
import { originOf, type TakeDeps, type TakeRules } from "./take_message.ts";

/** Longest header that is looked at, in octets; the rest of a longer one is of no interest. */
const MAX_TOP_OCTETS = 4 * 1024 * 1024;

/**
 * Says in one line what would become of a message: "message 3, 12 KB: for bob@office.example, as
 * X-Rcpt-To says". Reads its header with TOP and changes nothing (`popfetch -test`, C24).
 */
export async function previewMessage(
  client: Pop3Client,
  { number, octets }: Listed,
  rules: TakeRules,
  { router }: Pick<TakeDeps, "router">,
): Promise<string> {
  const message = `message ${number}, ${size(octets)}`;
  const { ok, text } = await client.ask(`TOP ${number} 0`);
  if (!ok) return `${message}: the server does not show its header (${text})`;
  const { fields, rest } = await readHeader(client.body(MAX_TOP_OCTETS));
  for await (const _ of rest); // What is left of the reply must be read all the same.
  const found = findRecipients(fields, rules);
  const addressing = await addressMessage(found, {
    router,
    origin: originOf(rules, ""),
    defaultAddress: rules.defaultAddress,
  });
  return `${message}: ${inWords(addressing, found.where)}`;
}

function inWords(addressing: Addressing, where: string): string {
  switch (addressing.kind) {
    case "deferred":
      return `would be left for later: ${addressing.reason}`;
    case "undeliverable":
      return `would be kept in duds.dat: ${addressing.reason}`;
    case "known": {
      const { recipients, caretaker, refused } = addressing;
      const named = [...recipients, ...(caretaker === "" ? [] : [`${caretaker} with a note`])];
      const why = where === "nowhere" ? "as no header names anybody" : `as ${where} says`;
      const strangers = refused.length === 0
        ? ""
        : `; ${count(refused.length, "recipient")} not known here`;
      return `for ${named.join(", ")}, ${why}${strangers}`;
    }
  }
}
