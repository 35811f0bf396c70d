import type { Outcome } from "../../domain/queue/mod.ts";
import type { SystemUsers } from "../../store/mod.ts";
import { NOT_ALLOWED } from "./robot_outcome.ts";

/** Who robots run as, whatever user a robot belongs to (S28). */
export type RobotUser =
  /** `-1`: robots never run. */
  | { readonly kind: "nobody" }
  /** A name, or a number. The password is for Windows. */
  | { readonly kind: "user"; readonly user: string; readonly password?: string };

/** Who a robot is while it runs. */
export interface RobotIdentity {
  readonly name: string;
  readonly home: string;
  /** `undefined`: who we are. */
  readonly runAs: { readonly uid: number; readonly gid: number } | undefined;
}

/** Who a robot is to be, or that it may not run. `detail` is for the log. */
export type IdentityResult =
  | { readonly kind: "found"; readonly identity: RobotIdentity }
  | { readonly kind: "refused"; readonly outcome: Outcome; readonly detail: string };

/** What decides who a robot is. */
export interface IdentityFacts {
  /** robot_defaultuser. */
  readonly defaultUser: RobotUser | undefined;
  /** Number of the user whose robot it is, if there is one and he has one. */
  readonly ownerUid: number | undefined;
  /** Number of the user we are; `undefined` on Windows, where users have none. */
  readonly ourUid: number | undefined;
  readonly users: SystemUsers;
}

/** Who a robot is when nothing says it and we are root: somebody who has nothing to lose. */
const UNPRIVILEGED = "nobody";

/** The group of that user where it has no other name: 16 bits, all but one. */
const UNPRIVILEGED_ID = 65534;

/**
 * Decides who a robot runs as (S28, B37): robot_defaultuser if it is set, else the user whose robot
 * it is. Where the original would have run it as root it is `nobody` (A28). Only root can be
 * somebody else; any other server runs what is its own to run.
 *
 * @throws Any failure to look up a user.
 */
export async function identityFor(facts: IdentityFacts): Promise<IdentityResult> {
  const { defaultUser, ownerUid, ourUid, users } = facts;
  if (defaultUser?.kind === "nobody") {
    return refused("permanent", "5.3.3", "No programs are run for mail here", "robots are off");
  }
  const wanted = defaultUser === undefined ? userOf(ownerUid) : wantedUser(defaultUser.user);
  if (ourUid === undefined) return onWindows(defaultUser);
  if (ourUid === 0) return await asRoot(wanted ?? UNPRIVILEGED, users);
  const found = wanted === undefined ? undefined : await users.find(wanted);
  if (wanted !== undefined && (found?.uid ?? wanted) !== ourUid) {
    const detail = `only root can run a robot as ${wanted}, and the server is user ${ourUid}`;
    return notAllowed(detail);
  }
  const us = await users.find(ourUid);
  return as({ name: us?.name ?? String(ourUid), home: us?.home ?? "/", runAs: undefined });
}

/** A user's number, as the documents write it: 0 and none mean that nobody knows (B22, B26). */
function userOf(uid: number | undefined): number | undefined {
  return uid === 0 ? undefined : uid;
}

function wantedUser(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

async function asRoot(wanted: string | number, users: SystemUsers): Promise<IdentityResult> {
  const found = await users.find(wanted);
  if (found === undefined && typeof wanted === "string") {
    const detail = `there is no user ${wanted} on this machine`;
    return refused("temporary", "4.3.5", "The mail server cannot run programs now", detail);
  }
  const uid = found?.uid ?? Number(wanted);
  if (uid === 0) return notAllowed(`robots never run as root, and ${wanted} is root`);
  return as({
    name: found?.name ?? String(uid),
    home: found?.home ?? "/",
    runAs: { uid, gid: found?.gid ?? UNPRIVILEGED_ID },
  });
}

function onWindows(defaultUser: RobotUser | undefined): IdentityResult {
  if (defaultUser !== undefined) {
    return notAllowed("this version cannot run a robot as another user on Windows");
  }
  return as({ name: "", home: "", runAs: undefined });
}

function as(identity: RobotIdentity): IdentityResult {
  return { kind: "found", identity };
}

function notAllowed(detail: string): IdentityResult {
  return { kind: "refused", outcome: NOT_ALLOWED, detail };
}

function refused(
  kind: "permanent" | "temporary",
  status: string,
  reason: string,
  detail: string,
): IdentityResult {
  return { kind: "refused", outcome: { kind, status, reason }, detail };
}
