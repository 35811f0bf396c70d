import type { Session, SessionState } from "./host.ts";
import type { Door } from "./replies.ts";

/** One session, for `tellsmtp showchans`. */
export interface Channel {
  /** Counted from 1 since the start; never used twice. */
  readonly id: number;
  readonly address: string;
  /** What the client called itself; its address before that. */
  readonly name: string;
  readonly door: Door;
  /** Whether the connection is encrypted. */
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly state: SessionState;
  /** How long it has been open. */
  readonly seconds: number;
  /** Messages that were taken. */
  readonly accepted: number;
  /** Envelope sender of the message under way; empty for a bounce, `undefined` if there is none. */
  readonly sender: string | undefined;
}

/** A session as it is now. @param nowMs `clock.monotonic()`. */
export function channelOf(
  { client, state, sender, limits }: Session,
  { id, nowMs }: { readonly id: number; readonly nowMs: number },
): Channel {
  const { address, name, door, secure, user } = client;
  const seconds = Math.floor((nowMs - limits.openedMs) / 1000);
  return {
    id,
    address,
    name,
    door,
    secure,
    user,
    state,
    seconds,
    accepted: limits.accepted,
    sender,
  };
}
