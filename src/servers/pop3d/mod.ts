/**
 * DPOP: the POP3 server.
 *
 * @module
 */
export type { Pop3dOptions } from "./options.ts";
export { type Pop3d, type Pop3dTools, startPop3d } from "./server.ts";
