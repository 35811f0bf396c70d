import type { Destination, Router } from "../../domain/routing/mod.ts";
import { parsePath } from "../../formats/address.ts";
import type { Origin } from "../../formats/envelope.ts";
import type { Log } from "../../platform/mod.ts";
import { replies, type Reply } from "./replies.ts";

/** What decides about VRFY and EXPN. */
export interface VerifyContext {
  /** The domain of a name that is written without one. */
  readonly hostname: string;
  readonly origin: Origin;
  /** Whether the client is one of our own people. */
  readonly isTrusted: boolean;
  /** fake_vrfy. */
  readonly fakeVrfy: boolean | undefined;
  readonly router: Pick<Router, "check" | "resolve" | "isLocal">;
  readonly log: Log;
  /** Told of a name that does not exist: many of them mean that somebody tries names out. */
  readonly onUnknownUser: () => void;
}

/** Members that EXPN names. */
const MAX_MEMBERS = 100;

/**
 * The answer to VRFY and EXPN (RFC 5321 section 3.5). With fake_vrfy every name exists and no list
 * is shown; without it every name is answered truly. If nothing is set our own people hear the
 * truth, and strangers the 252 that tells them nothing (RFC 5321 section 7.3). Lists are only
 * shown to our own people.
 */
export async function verifyReply(line: string, context: VerifyContext): Promise<Reply> {
  const { isTrusted, fakeVrfy, hostname, log } = context;
  const [, verb = "", argument = ""] = /^(\S*)\s*(.*)$/s.exec(line.trim()) ?? [];
  const isVrfy = verb.toUpperCase() === "VRFY";
  if (!isVrfy && (!isTrusted || fakeVrfy === true)) return replies.expnRefused;
  const address = addressIn(argument, hostname);
  if (address === undefined) return replies.syntax(`Expected ${isVrfy ? "VRFY" : "EXPN"} user`);
  if (fakeVrfy === true) return replies.verified(address);
  if (fakeVrfy === undefined && !isTrusted) return replies.vrfy;
  try {
    return isVrfy ? await verified(address, context) : await expanded(address, context);
  } catch (error) {
    log.error("Cannot verify an address", { address, reason: String(error) });
    return replies.internalError;
  }
}

/** The whole address, with our domain if it has none; `undefined` if it is no address. */
function addressIn(argument: string, hostname: string): string | undefined {
  try {
    const path = parsePath(argument);
    if (path === "") return undefined;
    return path.includes("@") ? path : `${path}@${hostname}`;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function verified(
  address: string,
  { router, origin, onUnknownUser }: VerifyContext,
): Promise<Reply> {
  const verdict = await router.check(address, origin, "");
  switch (verdict.kind) {
    case "accept":
      return verdict.to === "relay" ? replies.vrfy : replies.verified(address);
    case "defer":
      return replies.temporary(verdict.status, verdict.reason);
    case "refuse":
      if (verdict.status === "5.1.1") onUnknownUser();
      return replies.refused(verdict.status, verdict.reason);
  }
}

async function expanded(address: string, { router, hostname }: VerifyContext): Promise<Reply> {
  if (!router.isLocal(address)) return replies.vrfy;
  const found = await router.resolve(address);
  if (found.kind === "unavailable") return replies.temporary(found.status, found.reason);
  const members = found.destinations.filter((end) => end.kind !== "reject");
  const [rejected] = found.destinations;
  if (members.length === 0 && rejected?.kind === "reject") {
    return replies.refused(rejected.status, rejected.reason);
  }
  return replies.expanded(members.slice(0, MAX_MEMBERS).map((end) => memberName(end, hostname)));
}

/** Programs and files are nobody's address, and their paths nobody's business. */
function memberName(end: Exclude<Destination, { kind: "reject" }>, hostname: string): string {
  switch (end.kind) {
    case "maildrop":
      return `<${end.user}@${hostname}>`;
    case "relay":
      return `<${end.address}>`;
    case "robot":
      return "A program";
    case "file":
      return "A file";
  }
}
