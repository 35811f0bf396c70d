import { isScryptCost, type ScryptParameters } from "../../platform/mod.ts";
import { parseLine } from "./messages.ts";

/** How long a nonce is, in octets. */
export const NONCE_OCTETS = 32;

/**
 * The least a server may ask for. One in the middle could ask for less, to try passwords cheaply
 * against the proof that it got; hashPassword() never makes less.
 */
const MIN_COST = { N: 2 ** 14, r: 8, saltOctets: 16 } as const;

const MAX_SALT_OCTETS = 64;

/** What both sides see of one session. Who sees something else makes another proof. */
export interface SessionFacts {
  readonly serverNonce: Uint8Array;
  readonly clientNonce: Uint8Array;
  /** SHA-256 of the server's certificate (`tls-server-end-point`, RFC 5929 section 4). */
  readonly fingerprintSha256: string;
}

/** Who proves; a proof of one side is none for the other. */
type Side = "client" | "server";

/** Proves that `side` has the key made of the manager password, in this session alone. */
export async function makeProof(
  side: Side,
  key: Uint8Array,
  facts: SessionFacts,
): Promise<Uint8Array> {
  const mac = await crypto.subtle.sign("HMAC", await hmacKey(key), statement(side, facts));
  return new Uint8Array(mac);
}

/** Whether `proof` is what {@linkcode makeProof} makes; takes as long for every wrong one. */
export async function isProof(
  proof: Uint8Array,
  side: Side,
  key: Uint8Array,
  facts: SessionFacts,
): Promise<boolean> {
  const signature = Uint8Array.from(proof);
  return await crypto.subtle.verify("HMAC", await hmacKey(key), signature, statement(side, facts));
}

/** The server's first line: how to make the key, and its nonce. */
export function formatChallenge(
  { N, r, p, salt }: ScryptParameters,
  nonce: Uint8Array,
): Readonly<Record<string, unknown>> {
  return { kind: "challenge", N, r, p, salt: salt.toBase64(), nonce: nonce.toBase64() };
}

/** @returns `undefined` if it is none, or one that asks for too little or too much work. */
export function parseChallenge(
  line: Uint8Array,
): { readonly parameters: ScryptParameters; readonly nonce: Uint8Array } | undefined {
  const { kind, N, r, p, salt: saltText, nonce: nonceText } = parseLine(line) ?? {};
  const [salt, nonce] = [octets(saltText), octets(nonceText)];
  if (kind !== "challenge" || salt === undefined || nonce?.length !== NONCE_OCTETS) {
    return undefined;
  }
  if (typeof N !== "number" || typeof r !== "number" || typeof p !== "number") return undefined;
  const strong = N >= MIN_COST.N && r >= MIN_COST.r && salt.length >= MIN_COST.saltOctets;
  if (!strong || !isScryptCost({ N, r, p }) || salt.length > MAX_SALT_OCTETS) return undefined;
  return { parameters: { N, r, p, salt }, nonce };
}

/** A proof as a line; the client's comes with its nonce. */
export function formatProof(
  proof: Uint8Array,
  nonce?: Uint8Array,
): Readonly<Record<string, unknown>> {
  return { kind: "proof", proof: proof.toBase64(), ...(nonce ? { nonce: nonce.toBase64() } : {}) };
}

/** @returns `undefined` if it is none; an empty nonce if there is none in it. */
export function parseProof(
  line: Uint8Array,
): { readonly proof: Uint8Array; readonly nonce: Uint8Array } | undefined {
  const { kind, proof: proofText, nonce: nonceText = "" } = parseLine(line) ?? {};
  const [proof, nonce] = [octets(proofText), octets(nonceText)];
  return kind === "proof" && proof !== undefined && nonce !== undefined
    ? { proof, nonce }
    : undefined;
}

function octets(text: unknown): Uint8Array | undefined {
  if (typeof text !== "string") return undefined;
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined; // Not base64: not from a program of ours.
  }
}

async function hmacKey(key: Uint8Array): Promise<CryptoKey> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return await crypto.subtle.importKey("raw", Uint8Array.from(key), algorithm, false, [
    "sign",
    "verify",
  ]);
}

/** As JSON: no two sessions are written alike. */
function statement(
  side: Side,
  { serverNonce, clientNonce, fingerprintSha256 }: SessionFacts,
): Uint8Array<ArrayBuffer> {
  const facts = [serverNonce.toBase64(), clientNonce.toBase64(), fingerprintSha256];
  return new TextEncoder().encode(JSON.stringify(["dmail manager 1", side, ...facts]));
}
