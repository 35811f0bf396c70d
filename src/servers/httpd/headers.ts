import { SCRIPT } from "./views/script.ts";
import { STYLE } from "./views/style.ts";

/** Response headers by name. */
export type Headers = Readonly<Record<string, string>>;

/**
 * Headers of every answer. The page runs its own script and style, known by their hash, and nothing
 * else, whatever a log line or an address may contain.
 */
export async function securityHeaders(): Promise<Headers> {
  const policy = [
    "default-src 'none'",
    `script-src '${await sha256(SCRIPT)}'`,
    `style-src '${await sha256(STYLE)}'`,
    "img-src data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "X-Content-Type-Options": "nosniff",
    // Not no-referrer: browsers would then send "Origin: null" with our own form, and it would be
    // taken for a stranger's.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
  };
}

/** A source expression of CSP (Content Security Policy Level 3 section 2.3.1). */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toBase64()}`;
}
