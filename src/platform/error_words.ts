/** What people call the errors of the system. */
const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/AddrInUse|EADDRINUSE|Address already in use/, "another program uses this port"],
  [/AddrNotAvailable|EADDRNOTAVAIL/, "this machine does not have this address"],
  [/PermissionDenied|EACCES|EPERM|NotCapable/, "permission denied"],
  [/NotADirectory|ENOTDIR/, "a part of this path is a file, not a directory"],
  [/ReadOnlyFilesystem|EROFS|Read-only file system/, "this disk can only be read"],
  [/ENOSPC|No space left/, "the disk is full"],
  [/ConnectionRefused|ECONNREFUSED/, "nobody listens there"],
  [/ENOTFOUND|EAI_AGAIN|failed to lookup address/, "this name is not known"],
  [/InvalidContentType|wrong version number/, "what listens there does not speak TLS"],
  [/IsADirectory|EISDIR/, "it is a directory"],
  [/ENAMETOOLONG|File name too long/, "the name is too long"],
];

/** The message of whatever was thrown, as it is. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why something failed, in words for an administrator: no error numbers, no names of calls. */
export function reasonInWords(error: unknown): string {
  const text = messageOf(error);
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  const name = error instanceof Error ? error.name : "";
  const known = WORDS.find(([pattern]) => [name, code, text].some((part) => pattern.test(part)));
  return known?.[1] ?? text.replace(/ \(os error \d+\)/g, "");
}
