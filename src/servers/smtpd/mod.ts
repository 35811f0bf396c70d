/**
 * DSMTP: the SMTP server.
 *
 * @module
 */
import type { Endpoint } from "../../platform/mod.ts";
import type { SessionState } from "./host.ts";
import type { PolicyOptions } from "./policy_options.ts";
import type { Door } from "./replies.ts";

export type { Content } from "./content.ts";
export type { SessionState } from "./host.ts";
export type { PolicyOptions } from "./policy_options.ts";
export type { RoomCheck } from "./recipient_policy.ts";
export type { Door } from "./replies.ts";

export { type EtrnHandler, type SmtpdDependencies, startSmtpd } from "./smtpd.ts";

/** How the SMTP server behaves. A session keeps the options it began with. */
export interface SmtpdOptions {
  /** Our name in the greeting and in Received: the first host_domain (S38). */
  readonly hostname: string;
  /** smtp_welcome (S26): replaces the whole greeting text; empty for the product's own. */
  readonly welcome: string;
  readonly version: string;
  readonly maxMessageOctets: number;
  readonly maxRecipients: number;
  readonly maxSessions: number;
  readonly idleTimeoutMs: number;
  /** How long strangers wait for the greeting; who talks before it is sent away. */
  readonly greetDelayMs: number;
  /** Text stamped after hh:mm:ss instead of the real zone (S13); empty for the real one. */
  readonly timezone: string;
  readonly policy: PolicyOptions;
}

/** A running server. Disposing it stops listening, then waits for its sessions, then ends them. */
export interface Smtpd extends AsyncDisposable {
  readonly listening: readonly Endpoint[];
  readonly sessions: number;
  /** The sessions of now, the oldest first. */
  channels(): readonly Channel[];
}

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
