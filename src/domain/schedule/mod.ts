/**
 * When the appliance calls: `ras_timer`, and what a call does to it.
 *
 * @module
 */
export { type CallHistory, type CallPlan, nextCall } from "./next_call.ts";
