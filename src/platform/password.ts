import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";

/** Cost of a new hash: 2^14 blocks of 8 x 128 octets, 16 MiB, some 40 ms (RFC 7914 section 2). */
const COST = { N: 2 ** 14, r: 8, p: 1 } as const;
const SALT_OCTETS = 16;
const KEY_OCTETS = 32;

/** Bounds on a stored hash, so that a forged database line cannot eat memory or time. */
const MAX_MEMORY_OCTETS = 128 * 1024 * 1024;
const MAX_P = 16;
const MAX_KEY_OCTETS = 128;

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

/** Whether `password` is the one `hash` was made of. A hash that cannot be read matches nothing. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  if (!isScryptHash(hash)) return false;
  const [, , N, r, p, salt, key] = hash.split("$") as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const want = Buffer.from(key, "base64url");
  if (128 * cost.N * cost.r > MAX_MEMORY_OCTETS || cost.p > MAX_P) return false;
  if (want.length === 0 || want.length > MAX_KEY_OCTETS) return false;
  try {
    const got = await derive(password, Buffer.from(salt, "base64url"), cost, want.length);
    return timingSafeEqual(got, want);
  } catch {
    return false; // N is not a power of two, or the like: not a hash anybody made.
  }
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
