/**
 * The line to the world: who may use it, when it is dialled, what a call does and what came of it.
 *
 * @module
 */
export { type Dialer, LinkError } from "./dialer.ts";
export { type Lease, Link, type LinkDeps, type LinkState } from "./link.ts";
export { type CallDeps, runCall } from "./call.ts";
export {
  type AccountStanding,
  Caller,
  type CallerDeps,
  type CallEvent,
  type CallStart,
} from "./caller.ts";
export {
  type AccountReport,
  askedBy,
  type CallProgress,
  type CallReason,
  type CallReport,
  type CallTasks,
  type EtrnReport,
} from "./report.ts";
