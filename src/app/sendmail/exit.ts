import type { SmtpReply } from "../../formats/smtp.ts";

/** Exit codes of mail programs, as `sysexits.h` has them. */
export const SYSEXITS = {
  ok: 0,
  usage: 64,
  dataError: 65,
  noUser: 67,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  temporary: 75,
  noPermission: 77,
} as const;

/** The exit code for a refusal of the server. */
export function exitFor({ code, lines }: SmtpReply): number {
  if (code < 500) return SYSEXITS.temporary;
  const status = lines[0]?.match(/^5\.\d+\.\d+/)?.[0] ?? "";
  if (/^5\.1\.[126]$/.test(status)) return SYSEXITS.noUser;
  if (status.startsWith("5.7.")) return SYSEXITS.noPermission;
  if (/^5\.[16]\./.test(status)) return SYSEXITS.dataError;
  return SYSEXITS.unavailable;
}
