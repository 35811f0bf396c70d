/**
 * Who has abused this machine lately, and who has proved to be a user.
 *
 * @module
 */
export { type Ban, type BanRule, type Bans, type Offence } from "./bans.ts";
export { createGuard, type Guard, type GuardOptions } from "./guard.ts";
export type { MessageRates } from "./message_rates.ts";
export type { RecentLogins } from "./recent_logins.ts";
export { isThisMachine, sourceOf } from "./source.ts";
