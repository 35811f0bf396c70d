import { replies, type Reply } from "./replies.ts";

/** What to do next in a login (RFC 4954): ask, check a password, or refuse. */
export type AuthStep =
  | {
    readonly kind: "challenge";
    /** Base64, behind the 334. */
    readonly text: string;
    /** Reads the client's answer, a whole line. */
    readonly respond: (line: string) => AuthStep;
  }
  | { readonly kind: "credentials"; readonly user: string; readonly password: string }
  | { readonly kind: "digest" } & CramResponse
  | { readonly kind: "refused"; readonly reply: Reply };

/** What a client answers to a challenge of CRAM-MD5 (RFC 2195). */
export interface CramResponse {
  readonly user: string;
  readonly challenge: string;
  /** 32 hexadecimal digits, in lower case. */
  readonly digest: string;
}

/** The mechanisms, as EHLO names them. Both send the password: they need TLS. */
export const AUTH_MECHANISMS = "PLAIN LOGIN";

/** The one that does not, for those who have a secret for it. */
export const CRAM_MECHANISM = "CRAM-MD5";

/** Longest answer, in octets of base64. What is longer is no name and no password. */
const MAX_RESPONSE_OCTETS = 2048;

/** Asked for by LOGIN, which has no standard: every client expects these two. */
const USERNAME = btoa("Username:");
const PASSWORD = btoa("Password:");

/**
 * Begins a login: `AUTH mechanism [initial-response]`, without the line end.
 *
 * @param cramChallenge Makes one for CRAM-MD5; without it there is no such mechanism.
 */
export function beginAuth(command: string, cramChallenge?: () => string): AuthStep {
  const [, mechanism, initial, ...rest] = command.trim().split(/\s+/);
  if (mechanism === undefined || rest.length > 0) return refused(replies.authSyntax);
  // RFC 4954 section 4: a response of no octets is written as "=".
  const first = initial === "=" ? "" : initial;
  switch (mechanism.toUpperCase()) {
    case "PLAIN":
      return first === undefined ? challenge("", readPlain) : decoded(first, readPlain);
    case "LOGIN":
      return first === undefined ? challenge(USERNAME, readUser) : decoded(first, readUser);
    case CRAM_MECHANISM:
      if (cramChallenge === undefined) return refused(replies.authUnknown);
      return first === undefined ? askDigest(cramChallenge()) : refused(replies.authSyntax);
    default:
      return refused(replies.authUnknown);
  }
}

/** RFC 2195 section 2: the name, a blank, the digest. */
function askDigest(asked: string): AuthStep {
  return challenge(btoa(asked), (octets) => {
    const [, user = "", digest = ""] = /^(.+) ([\da-f]{32})$/is.exec(textOf(octets)) ?? [];
    if (!isName(user)) return refused(replies.authBadResponse);
    return { kind: "digest", user, challenge: asked, digest: digest.toLowerCase() };
  });
}

/** RFC 4616: whom to act for, who it is, and the password, with NUL between them. */
function readPlain(octets: Uint8Array): AuthStep {
  const [actFor, name, password, ...rest] = textOf(octets).split("\0");
  if (actFor === undefined || name === undefined || password === undefined || rest.length > 0) {
    return refused(replies.authBadResponse);
  }
  // Some programs give their name in the first place only.
  if (actFor !== "" && name !== "" && actFor !== name) return refused(replies.authForAnother);
  return credentials(name || actFor, password);
}

function readUser(octets: Uint8Array): AuthStep {
  const user = textOf(octets);
  if (!isName(user)) return refused(replies.authBadResponse);
  return challenge(PASSWORD, (password) => credentials(user, textOf(password)));
}

function credentials(user: string, password: string): AuthStep {
  if (!isName(user)) return refused(replies.authBadResponse);
  return { kind: "credentials", user, password };
}

function challenge(text: string, read: (octets: Uint8Array) => AuthStep): AuthStep {
  return {
    kind: "challenge",
    text,
    respond(line) {
      const response = line.trim();
      return response === "*" ? refused(replies.authCancelled) : decoded(response, read);
    },
  };
}

function decoded(base64: string, read: (octets: Uint8Array) => AuthStep): AuthStep {
  if (base64.length > MAX_RESPONSE_OCTETS) return refused(replies.authTooLong);
  if (/\s/.test(base64)) return refused(replies.authBadBase64);
  let octets: Uint8Array;
  try {
    octets = Uint8Array.fromBase64(base64, { lastChunkHandling: "strict" });
  } catch {
    return refused(replies.authBadBase64);
  }
  return read(octets);
}

/** UTF-8 (RFC 4616 section 2). Old programs send Windows' letters: those are not UTF-8 by chance. */
function textOf(octets: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return new TextDecoder("windows-1252").decode(octets);
  }
}

/** Not empty, and nothing that would spoil a log. */
function isName(user: string): boolean {
  return user !== "" && !/[\p{Cc}\u2028\u2029]/u.test(user);
}

function refused(reply: Reply): AuthStep {
  return { kind: "refused", reply };
}
