import { fnv1a } from "../formats/fnv1a.ts";
import { isMaildropName } from "./maildrop_name.ts";

/** Where the drop files of one domain are. */
export interface DropDirectory {
  /** drop_path, or what the vdomain line says (S35, S40). */
  readonly dropPath: string;
  /** alt_drop_path: used instead. */
  readonly altDropPath?: string;
}

/** A virtual domain (S40). */
export interface VirtualDrop extends DropDirectory {
  /** What the names of its users begin with, before the separator; ASCII letters, digits, `_`, `-`. */
  readonly prefix: string;
}

/** What the settings say about where maildrops are. Directories have no slash at their end. */
export interface MaildropLayout {
  /** The users of the main domain, and those of connections to addresses no vdomain line names. */
  readonly main: DropDirectory;
  readonly virtualDomains: readonly VirtualDrop[];
  /** vdomain_separator (S42). */
  readonly separator: string;
  /** drop_prefix (S41). */
  readonly dropPrefix: boolean;
  /** hash_spool (S34). */
  readonly hashSpool: 0 | 1 | 2;
  /** bin_path (S36); absent if bins are beside the drop files. */
  readonly binPath?: string;
  /** hash_bindir: whether `binPath` is hashed as drop directories are. */
  readonly hashBinDir: boolean;
  /** Other directories of ours: no file of a maildrop may be in their place or above them. */
  readonly reserved: readonly string[];
}

/** Where the parts of one maildrop are. */
export interface MaildropPaths {
  /** F2. */
  readonly dropFile: string;
  /** F5. */
  readonly forwardFile: string;
  /** F3. */
  readonly binDir: string;
  /** F4. It is beside the bin: the documents name the two together (000:1292). */
  readonly infoFile: string;
}

/**
 * The paths of a maildrop. Its name is the user's, in a virtual domain with prefix and separator
 * before it: `abc_fred`. A user of the main domain whose name begins so has that very maildrop, as
 * the documents want it (B33); where two prefixes fit, the longer one does.
 *
 * - The drop file is in the directory of its domain, and is called `abc_fred` or, without
 *   drop_prefix, `fred`. The prefix is written as the vdomain line has it, the name in lower case.
 * - Below that directory, and below bin_path with hash_bindir, are the levels of hash_spool, which
 *   are made of the name without its prefix: otherwise all users of a virtual domain would share one.
 *   `2`: the first letter and the second (000:1889), `_` for one that is no letter or digit or is
 *   not there. `1`: a letter from `a` to `z`, the name's hash by {@linkcode fnv1a} modulo 26.
 * - The bin is beside the drop file, or in bin_path, always with the prefix then (001:331-336).
 *
 * No two names that differ in more than case share a path if {@linkcode layoutComplaints} finds
 * nothing.
 *
 * @throws {RangeError} If the user cannot have a maildrop: the name is not a safe file name, or is
 * that of a directory of ours or of a device of Windows.
 */
export function maildropPaths(user: string, layout: MaildropLayout): MaildropPaths {
  const paths = pathsOrNothing(user, layout);
  if (paths === undefined) {
    throw new RangeError(
      `Cannot keep mail for ${JSON.stringify(user)}: not a safe file name, or taken by a directory`,
    );
  }
  return paths;
}

/**
 * The name of the maildrop whose drop file is at `path`, in lower case and however its slashes are
 * written; `undefined` if the layout has no drop file there.
 */
export function maildropNameAt(written: string, layout: MaildropLayout): string | undefined {
  const path = comparable(written).replaceAll(/(?<=.)\/(?:\.?\/)+/g, "/");
  const file = path.slice(path.lastIndexOf("/") + 1);
  const withoutPrefix = layout.dropPrefix ? [] : layout.virtualDomains.map(({ prefix }) => prefix);
  const names = [file, ...withoutPrefix.map((prefix) => prefix + layout.separator + file)];
  return names.map((name) => name.toLowerCase())
    .find((name) => {
      const dropFile = pathsOrNothing(name, layout)?.dropFile;
      return dropFile !== undefined && comparable(dropFile) === path;
    });
}

/** Where the drop files of a domain are. */
export function directoryOf({ dropPath, altDropPath }: DropDirectory): string {
  return altDropPath ?? dropPath;
}

/** All directories that drop files are in, or directories of them: each once. */
export function dropDirectories({ main, virtualDomains }: MaildropLayout): readonly string[] {
  return [...new Set([main, ...virtualDomains].map(directoryOf))];
}

/** {@linkcode maildropPaths}, or `undefined` if the user cannot have a maildrop. */
export function pathsOrNothing(user: string, layout: MaildropLayout): MaildropPaths | undefined {
  const name = user.toLowerCase();
  const { domain, prefix, bare } = divided(name, layout);
  if (!isMaildropName(name) || !isMaildropName(bare)) return undefined;
  const { binPath, dropPrefix, hashBinDir } = layout;
  const levels = hashLevels(bare, layout.hashSpool);
  const dropFile = `${directoryOf(domain)}${levels}/${dropPrefix ? prefix : ""}${bare}`;
  const bin = binPath === undefined
    ? dropFile
    : `${binPath}${hashBinDir ? levels : ""}/${prefix}${bare}`;
  const paths = {
    dropFile,
    forwardFile: `${dropFile}.fwd`,
    binDir: `${bin}.bin`,
    infoFile: `${bin}_inf`,
  };
  const isNoPlace = (path: string) => isTaken(path, layout) || isDevice(path);
  return Object.values(paths).some(isNoPlace) ? undefined : paths;
}

/** A name in lower case, by its domain; `prefix` has the separator behind it. */
function divided(
  name: string,
  { main, separator, virtualDomains }: MaildropLayout,
): { readonly domain: DropDirectory; readonly prefix: string; readonly bare: string } {
  let found: VirtualDrop | undefined;
  for (const domain of virtualDomains) {
    const begins = name.startsWith(`${domain.prefix}${separator}`.toLowerCase());
    if (begins && domain.prefix.length > (found?.prefix.length ?? -1)) found = domain;
  }
  if (found === undefined) return { domain: main, prefix: "", bare: name };
  const prefix = `${found.prefix}${separator}`;
  return { domain: found, prefix, bare: name.slice(prefix.length) };
}

/** The directories between a drop directory and the drop file of a user, a slash before each. */
function hashLevels(bare: string, levels: 0 | 1 | 2): string {
  switch (levels) {
    case 0:
      return "";
    case 1:
      return `/${String.fromCharCode(0x61 + fnv1a(bare) % 26)}`;
    case 2: {
      const [first, second] = [...bare];
      return `/${directoryLetter(first)}/${directoryLetter(second)}`;
    }
  }
}

/** A dot would lead to another directory, and not every file system has every sign. */
function directoryLetter(letter = ""): string {
  return /^[\p{L}\p{N}]$/u.test(letter) ? letter : "_";
}

/** Whether one of our directories is at `path` or below it. */
function isTaken(path: string, layout: MaildropLayout): boolean {
  const own = [...dropDirectories(layout), ...layout.reserved];
  if (layout.binPath !== undefined) own.push(layout.binPath);
  return own.some((directory) => isAtOrBelow(directory, path));
}

/** Whether Windows would write to a device, where mail vanishes, whatever directory it is in. */
function isDevice(path: string): boolean {
  const name = isWindowsPath(path) ? /[^\\/]*$/.exec(path)?.[0] ?? "" : "";
  return /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name);
}

/** Whether `path` is `directory` or in it. Windows knows two slashes, and no case. */
export function isAtOrBelow(path: string, directory: string): boolean {
  const [inner, outer] = [path, directory].map(comparable) as [string, string];
  return inner === outer || inner.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
}

function comparable(path: string): string {
  return isWindowsPath(path) ? path.replaceAll("\\", "/").toLowerCase() : path;
}

function isWindowsPath(path: string): boolean {
  return /^[a-z]:|^\\\\/i.test(path);
}
