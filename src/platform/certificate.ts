import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { reasonInWords } from "./error_words.ts";
import type { Files } from "./files.ts";
import type { TlsServerOptions } from "./net.ts";

/** A certificate and its key, fit for a TLS server, and what it says of itself. */
export interface TlsPair extends TlsServerOptions {
  /** SHA-256 of the certificate, as openssl prints it: `AB:CD:…`, 32 pairs. */
  readonly fingerprintSha256: string;
  /** Names and addresses it is for, in lower case. */
  readonly names: readonly string[];
  readonly notAfterMs: number;
}

/** What reading a pair came to; `part` says which of the two is to blame. */
export type TlsPairResult =
  | { readonly kind: "read"; readonly pair: TlsPair }
  /** It is not there, or no good. */
  | { readonly kind: "bad"; readonly part: "cert" | "key"; readonly reason: string }
  /** It is there, and the disk or its rights keep it back. */
  | { readonly kind: "unreadable"; readonly part: "cert" | "key"; readonly reason: string };

/** Largest certificate or key file that is read, in octets: a long chain has some 20 KiB. */
const MAX_FILE_OCTETS = 256 * 1024;

/** Reads a pair from two PEM files. */
export async function readTlsFiles(
  paths: { readonly cert: string; readonly key: string },
  files: Pick<Files, "readAll">,
): Promise<TlsPairResult> {
  const texts = { cert: "", key: "" };
  for (const part of ["cert", "key"] as const) {
    try {
      const bytes = await files.readAll(paths[part], MAX_FILE_OCTETS);
      if (bytes === undefined) return bad(part, `there is no file ${paths[part]}`);
      texts[part] = new TextDecoder().decode(bytes);
    } catch (error) {
      const reason = `${paths[part]} cannot be read: ${reasonInWords(error)}`;
      return { kind: "unreadable", part, reason };
    }
  }
  return readTlsPair(texts);
}

/**
 * Reads a certificate and its key, both PEM. Of several certificates the first one counts: the
 * others are those that sign it. A reason never holds a part of the key.
 */
export function readTlsPair({ cert, key }: TlsServerOptions): TlsPairResult {
  const certificate = readCertificate(cert);
  if (typeof certificate === "string") return bad("cert", certificate);
  const privateKey = readPrivateKey(key);
  if (typeof privateKey === "string") return bad("key", privateKey);
  if (!certificate.checkPrivateKey(privateKey)) {
    return bad("key", "it does not belong to the certificate");
  }
  return {
    kind: "read",
    pair: {
      cert,
      key,
      fingerprintSha256: certificate.fingerprint256,
      names: namesIn(certificate.subjectAltName ?? ""),
      notAfterMs: Date.parse(certificate.validTo),
    },
  };
}

/** The certificate, or what is wrong. */
function readCertificate(pem: string): X509Certificate | string {
  const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(pem)?.[0];
  if (block === undefined) return "it holds no certificate, expected -----BEGIN CERTIFICATE-----";
  try {
    return new X509Certificate(block);
  } catch {
    return "the certificate in it is damaged";
  }
}

/** The key, or what is wrong. */
function readPrivateKey(pem: string): KeyObject | string {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem)) {
    return "the key in it has a password, expected one without";
  }
  const block = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(pem)?.[0];
  if (block === undefined) return "it holds no private key, expected -----BEGIN PRIVATE KEY-----";
  try {
    return createPrivateKey(block);
  } catch {
    return "the private key in it is damaged";
  }
}

function namesIn(subjectAltName: string): string[] {
  return subjectAltName.split(/,\s*/).flatMap((entry) => {
    const [, name] = /^(?:DNS|IP Address):(.*)$/.exec(entry) ?? [];
    return name === undefined ? [] : [name.toLowerCase()];
  });
}

function bad(part: "cert" | "key", reason: string): TlsPairResult {
  return { kind: "bad", part, reason };
}
