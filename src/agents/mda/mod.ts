/**
 * The local delivery agent: puts messages into drop files.
 *
 * @module
 */
export { createMda, type MdaOptions } from "./mda.ts";
