import { isAddress } from "../../formats/address.ts";
import { asciiDomain } from "../../formats/domain.ts";
import type { Connection, Log } from "../../platform/mod.ts";
import { type Client, replies, type Reply } from "./replies.ts";

/** Who asks for which mail (RFC 2645). */
export interface AtrnRequest {
  readonly user: string;
  /** Address of the client. */
  readonly address: string;
  /** In ASCII, each once; empty for all that the user may ask for. */
  readonly domains: readonly string[];
}

/** The mail goes down the connection. */
interface Turned {
  readonly kind: "turned";
  /**
   * Sends the mail over the connection, on which the client is the server now, and closes it. Must
   * be called, once, and never rejects.
   *
   * @param signal Aborted when the server goes down: no new message is begun then.
   */
  readonly send: (connection: Connection, signal: AbortSignal) => Promise<void>;
}

/** What comes of an ATRN; a reason is a sentence for whoever runs the client. */
export type AtrnDecision =
  | Turned
  | { readonly kind: "no mail" }
  /** 450: not this user, or not now that somebody else gets it. */
  | { readonly kind: "not allowed"; readonly reason: string }
  /** 451. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** How an ATRN is answered. */
export type AtrnAnswer = Turned | { readonly kind: "refused"; readonly reply: Reply };

/** Logins by CRAM-MD5 (RFC 2195), for programs that know nothing else. */
export interface CramLogins {
  /** A challenge that was never made before. */
  challenge(): string;
  /** What a user shares with us for it. */
  secretOf(user: string): string | undefined;
}

/** Sends mail down the connections of those who have logged in to get it (RFC 2645). */
export interface AtrnHandler {
  /** `undefined` if nobody logs in by it. */
  readonly cram: CramLogins | undefined;
  /** Whether anybody may ask, or this user may. */
  isOffered(user: string | undefined): boolean;
  /** Decides at once: what a client says before it is answered would count for nothing. */
  ask(request: AtrnRequest): AtrnDecision;
}

/**
 * Reads `ATRN [domain *("," domain)]` (RFC 2645 section 5.2.1); blanks around the commas are forgiven.
 *
 * @throws {SyntaxError} If something is no domain.
 */
export function readAtrn(line: string): readonly string[] {
  const list = line.replace(/^\S+\s*/, "").trim();
  if (list === "") return [];
  const domains = list.split(",").map((domain) => domain.trim());
  for (const domain of domains) {
    if (!isAddress(`atrn@${domain}`) || domain.startsWith("[")) {
      throw new SyntaxError("Expected ATRN domain,domain");
    }
  }
  return [...new Set(domains.map(asciiDomain))];
}

/** The answer to an ATRN of a client that is in no transaction. */
export function atrnAnswer(
  line: string,
  client: Pick<Client, "user" | "address">,
  { onAtrn, log }: { readonly onAtrn: AtrnHandler | undefined; readonly log: Log },
): AtrnAnswer {
  const refused = (reply: Reply) => ({ kind: "refused", reply }) as const;
  const { user, address } = client;
  if (onAtrn === undefined) return refused(replies.notImplemented);
  if (user === undefined) return refused(replies.authRequired);
  try {
    const decision = onAtrn.ask({ user, address, domains: readAtrn(line) });
    return decision.kind === "turned" ? decision : refused(refusalOf(decision));
  } catch (error) {
    if (error instanceof SyntaxError) return refused(replies.syntax(error.message));
    log.error("Cannot decide about ATRN", { user, client: address, reason: String(error) });
    return refused(replies.atrnUnavailable("a failure here"));
  }
}

function refusalOf(decision: Exclude<AtrnDecision, Turned>): Reply {
  switch (decision.kind) {
    case "no mail":
      return replies.noMail;
    case "not allowed":
      return replies.atrnRefused(decision.reason);
    case "unavailable":
      return replies.atrnUnavailable(decision.reason);
  }
}
