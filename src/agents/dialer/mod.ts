/**
 * The dialer: brings a line up and down by the commands of `link_up`, `link_down` and `link_check`.
 *
 * @module
 */
export { createDialer, type DialerDeps, type LinkOptions } from "./dialer.ts";
