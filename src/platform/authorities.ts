import { X509Certificate } from "node:crypto";

/** What reading certificates of authorities came to. */
export type AuthoritiesResult =
  /** Each PEM, by itself; at least one. */
  | { readonly kind: "read"; readonly certs: readonly string[] }
  /** `line`: where in the text the bad one begins; 1 if there is none at all. */
  | { readonly kind: "bad"; readonly line: number; readonly reason: string };

/** Reads the certificates of a PEM text, a bundle too. What stands between them is skipped. */
export function readAuthorities(pem: string): AuthoritiesResult {
  const certs: string[] = [];
  for (
    const block of pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]*(-----END CERTIFICATE-----)?/g)
  ) {
    const [text, end] = block;
    if (end === undefined || !isCertificate(text)) {
      const line = pem.slice(0, block.index).split("\n").length;
      return { kind: "bad", line, reason: "the certificate that begins here is damaged" };
    }
    certs.push(text.replaceAll("\r", ""));
  }
  if (certs.length > 0) return { kind: "read", certs };
  return {
    kind: "bad",
    line: 1,
    reason: "it holds no certificate, expected -----BEGIN CERTIFICATE-----",
  };
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
