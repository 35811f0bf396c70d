/**
 * Who has abused this machine lately, who has proved to be a user, and who may manage it.
 *
 * @module
 */
export { type Ban, type BanRule, type Bans, type Offence } from "./bans.ts";
export { createGuard, type Guard, type GuardOptions } from "./guard.ts";
export { LoginThrottle } from "./login_throttle.ts";
export { mayManage } from "./manager_addresses.ts";
export type { MessageRates } from "./message_rates.ts";
export { PasswordAttempts } from "./password_attempts.ts";
export type { RecentLogins } from "./recent_logins.ts";
export { isThisMachine, sourceOf } from "./source.ts";
