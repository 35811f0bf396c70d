import type { Log } from "../../src/platform/mod.ts";

/** A log that forgets everything. */
export const silentLog: Log = { error() {}, warn() {}, info() {}, debug() {} };
