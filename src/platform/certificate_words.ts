import { messageOf } from "./error_words.ts";

/**
 * What is wrong with the certificate that a server has shown, in words for an administrator who will
 * look for it there or in `tls_ca`; `undefined` if the error is about something else.
 */
export function certificateFault(error: unknown): string | undefined {
  const [, fault] = /invalid peer certificate: ([^]*)$/.exec(messageOf(error)) ?? [];
  if (fault === undefined) return undefined;
  const known = WORDS.find(([pattern]) => pattern.test(fault));
  return known?.[1] ?? wrongName(fault) ?? `its certificate is not valid (${fault})`;
}

const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^(?:certificate )?expired/i, "its certificate has expired, or the clock here is wrong"],
  [
    /^(?:NotValidYet|certificate not valid yet)/,
    "its certificate is not valid yet, or the clock here is wrong",
  ],
  [/^UnknownIssuer/, "its certificate is signed by an authority that is not known here (tls_ca)"],
  [/CaUsedAsEndEntity/, "its certificate is that of an authority, not of a server"],
  [/^Revoked/, "its certificate has been revoked"],
];

function wrongName(fault: string): string | undefined {
  const [, wanted] = /not valid for name "?([^";]+)/.exec(fault) ?? [];
  if (wanted === undefined) return undefined;
  const others = [...fault.matchAll(/(?:DnsName|IpAddress)\("?([^"()]+)"?\)/g)]
    .map(([, name]) => name);
  const except = others.length === 0 ? "" : `, but for ${others.slice(0, 5).join(", ")}`;
  return `its certificate is not for ${wanted}${except}`;
}
