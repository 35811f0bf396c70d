/**
 * The pick-up directory (S32, B14): message files that programs put there are sent.
 *
 * @module
 */
export { ENVELOPE_FIELDS } from "./message.ts";
export { Pickup, type PickupDeps } from "./pickup.ts";

/** Where messages are picked up, and how. */
export interface PickupOptions {
  /** spool_dir (S32); `undefined`: nowhere. */
  readonly directory: string | undefined;
  /** Our name: names without a domain belong to it. */
  readonly hostname: string;
  /** Larger files are put aside. */
  readonly maxMessageOctets: number;
  /** Text stamped after hh:mm:ss instead of the real zone (S13); empty for the real one. */
  readonly timezone: string;
}
