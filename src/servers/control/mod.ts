/**
 * The control socket: how `tellsmtp`, `tellpop`, `queue` and `popfetch` reach the running appliance.
 * Only the owner of work_path can open it. The manager's port takes the same commands from other
 * machines.
 *
 * @module
 */
export { type ControlServer, startControl } from "./control.ts";
export type { ControlReply, ControlRequest } from "./messages.ts";
export type { ControlHandler } from "./session.ts";
export { askControl, type ControlAnswer, type ControlListener } from "./client.ts";
export { type Manager, type ManagerOptions, type ManagerParts, startManager } from "./manager.ts";
export { askManager, type ManagerAnswer, type ManagerTools } from "./manager_client.ts";
