/**
 * The control socket: how `tellsmtp`, `tellpop`, `queue` and `popfetch` reach the running appliance.
 * Only the owner of work_path can open it.
 *
 * @module
 */
export {
  type ControlHandler,
  type ControlReply,
  type ControlRequest,
  type ControlServer,
  startControl,
} from "./control.ts";
export { askControl, type ControlAnswer } from "./client.ts";
