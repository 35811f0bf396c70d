const ADDRESS_IN_USE = /AddrInUse|EADDRINUSE|Address already in use/;

/** What people call the errors of the system. */
const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [ADDRESS_IN_USE, "another program uses this port"],
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
  const known = WORDS.find(([pattern]) => isAbout(pattern, error));
  return known?.[1] ?? messageOf(error).replace(/ \(os error \d+\)/g, "");
}

/** Whether something could not listen because something else does, at that address and port. */
export function isAddressInUse(error: unknown): boolean {
  return isAbout(ADDRESS_IN_USE, error);
}

function isAbout(pattern: RegExp, error: unknown): boolean {
  const code = String((error as { code?: unknown } | null)?.code ?? "");
  const name = error instanceof Error ? error.name : "";
  return [name, code, messageOf(error)].some((part) => pattern.test(part));
}
