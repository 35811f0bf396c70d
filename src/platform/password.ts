import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** Cost of a new hash: 2^14 blocks of 8 x 128 octets, 16 MiB, some 40 ms (RFC 7914 section 2). */
const COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const SALT_OCTETS = 16;
const KEY_OCTETS = 32;

/** Bounds on a hash from elsewhere, so that a forged one cannot eat memory or time. */
const MAX_MEMORY_OCTETS = 128 * 1024 * 1024;
const MAX_P = 16;
const MAX_KEY_OCTETS = 128;

/** How a key is made of a password (RFC 7914 section 2). */
export interface ScryptParameters {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
}

/** A hash in its parts. */
export interface ScryptHash extends ScryptParameters {
  readonly key: Uint8Array;
}

/** Whether `hash` is one of ours, made by {@linkcode hashPassword}. */
export function isScryptHash(hash: string): boolean {
  return /^\$scrypt\$\d+\$\d+\$\d+\$[\w+/=-]+\$[\w+/=-]+$/.test(hash);
}

/**
 * Hashes a password with scrypt, off the event loop.
 *
 * The text form is `$scrypt$N$r$p$salt$key`, salt and key in base64url: no colon, so that it fits
 * into a line of nwauth.txt (F13).
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_OCTETS);
  const key = await derive(password, salt, COST, KEY_OCTETS);
  return ["", "scrypt", COST.N, COST.r, COST.p, encode(salt), encode(key)].join("$");
}

/** Takes a hash apart; `undefined` if nobody can have made it, or making one would cost too much. */
export function readScryptHash(hash: string): ScryptHash | undefined {
  if (!isScryptHash(hash)) return undefined;
  const [N = 0, r = 0, p = 0] = hash.split("$").slice(2, 5).map(Number);
  const [salt = "", key = ""] = hash.split("$").slice(5);
  const parts = {
    N,
    r,
    p,
    salt: Buffer.from(salt, "base64url"),
    key: Buffer.from(key, "base64url"),
  };
  const fits = isScryptCost(parts) && parts.key.length > 0 && parts.key.length <= MAX_KEY_OCTETS;
  return fits ? parts : undefined;
}

/** Whether keys may be made at such a cost: scrypt allows it, and this machine can pay it. */
export function isScryptCost({ N, r, p }: Omit<ScryptParameters, "salt">): boolean {
  return [N, r, p].every((number) => Number.isSafeInteger(number) && number > 0) &&
    N > 1 && Math.log2(N) % 1 === 0 && 128 * N * r <= MAX_MEMORY_OCTETS && p <= MAX_P;
}

/**
 * Makes the key of a password, off the event loop. What {@linkcode isScryptCost} refuses is refused.
 *
 * @throws {RangeError} If the cost is too high.
 */
export async function scryptKey(
  password: string,
  parameters: ScryptParameters,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!isScryptCost(parameters)) throw new RangeError("Cannot make a key at such a cost");
  return Uint8Array.from(await derive(password, parameters.salt, parameters, KEY_OCTETS));
}

/** Whether `password` is the one `hash` was made of. A hash that cannot be read matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parts = readScryptHash(hash);
  if (parts === undefined) return false;
  const got = await derive(password, parts.salt, parts, parts.key.length);
  return timingSafeEqual(got, parts.key);
}

/** A hash that no password matches, as costly to check as a real one: for users that do not exist. */
export const UNMATCHABLE_HASH = [
  "",
  "scrypt",
  COST.N,
  COST.r,
  COST.p,
  encode(Buffer.alloc(SALT_OCTETS)),
  encode(Buffer.alloc(KEY_OCTETS)),
].join("$");

function derive(
  password: string,
  salt: Uint8Array,
  { N, r, p }: { N: number; r: number; p: number },
  octets: number,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const maxmem = 128 * N * r + 128 * r * p + 1024 * 1024;
  scrypt(password, salt, octets, { N, r, p, maxmem }, (error, key) => {
    if (error) reject(error);
    else resolve(key);
  });
  return promise;
}

function encode(bytes: Buffer): string {
  return bytes.toString("base64url");
}
