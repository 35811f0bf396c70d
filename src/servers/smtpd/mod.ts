/**
 * DSMTP: the SMTP server.
 *
 * @module
 */
import type { Endpoint } from "../../platform/mod.ts";
import type { Channel } from "./channel.ts";
import type { PolicyOptions } from "./policy_options.ts";

export type { AtrnDecision, AtrnHandler, AtrnRequest, CramLogins } from "./atrn.ts";
export type { Channel } from "./channel.ts";
export type { Content } from "./content.ts";
export type { EtrnRule } from "./etrn_policy.ts";
export type { EtrnAnswer, EtrnHandler, EtrnQuestion } from "./etrn_reply.ts";
export type { SessionState } from "./host.ts";
export type { PolicyOptions } from "./policy_options.ts";
export type { RoomCheck } from "./recipient_policy.ts";
export type { Door } from "./replies.ts";

export { type SmtpdDependencies, startSmtpd } from "./smtpd.ts";
export {
  serveTurned,
  type TurnedConnection,
  type TurnedDependencies,
  type TurnedReport,
} from "./turned.ts";

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
  /** The client is one that we have called ourselves: what it is refused is not held against it. */
  readonly isCalled?: boolean;
}

/** A running server. Disposing it stops listening, then waits for its sessions, then ends them. */
export interface Smtpd extends AsyncDisposable {
  readonly listening: readonly Endpoint[];
  readonly sessions: number;
  /** The sessions of now, the oldest first. */
  channels(): readonly Channel[];
}
