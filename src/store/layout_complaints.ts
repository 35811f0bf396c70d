import {
  directoryOf,
  dropDirectories,
  isAtOrBelow,
  type MaildropLayout,
  type VirtualDrop,
} from "./maildrop_layout.ts";

/** What is wrong with a layout. */
export interface LayoutComplaint {
  /** `mixed`: users would read each other's mail. `unclear`: it works, but hardly as was meant. */
  readonly kind: "mixed" | "unclear";
  /** What is wrong, and what to write instead. */
  readonly text: string;
  /** The virtual domain it is about, by its place in the layout. */
  readonly index?: number;
}

/** What is wrong with a layout; a layout without complaints never mixes two users' files. */
export function layoutComplaints(layout: MaildropLayout): readonly LayoutComplaint[] {
  return [
    ...layout.virtualDomains.flatMap((domain, index) =>
      [
        ...samePrefix(domain, layout.virtualDomains.slice(0, index)),
        ...likePrefix(domain, layout),
        ...sameDirectory(domain, layout, index),
      ].map((complaint) => ({ ...complaint, index }))
    ),
    ...amongLevels(layout),
  ];
}

function samePrefix(domain: VirtualDrop, before: readonly VirtualDrop[]): LayoutComplaint[] {
  const other = before.find((each) => isSameName(each.prefix, domain.prefix));
  if (other === undefined || directoryOf(other) === directoryOf(domain)) return [];
  const usage = "write the same directory in both lines, or another prefix";
  const text = `the users of ${domain.prefix} have their mail in ${directoryOf(other)} already`;
  return [{ kind: "mixed", text: `${text}: ${usage}` }];
}

function likePrefix(
  { prefix }: VirtualDrop,
  { virtualDomains, separator }: MaildropLayout,
): LayoutComplaint[] {
  const shorter = virtualDomains.find((other) =>
    `${prefix}${separator}`.toLowerCase().startsWith(`${other.prefix}${separator}`.toLowerCase()) &&
    !isSameName(other.prefix, prefix)
  );
  if (shorter === undefined) return [];
  const rest = prefix.slice(shorter.prefix.length + separator.length);
  const text =
    `a user of ${shorter.prefix} called ${rest}${separator}anna would be anna of ${prefix}`;
  return [{ kind: "unclear", text: `${text}; write another prefix for one of the two` }];
}

/** Without prefixes a directory can serve one domain only. */
function sameDirectory(
  domain: VirtualDrop,
  { main, virtualDomains, dropPrefix }: MaildropLayout,
  index: number,
): LayoutComplaint[] {
  if (dropPrefix) return [];
  const directory = directoryOf(domain);
  const others = virtualDomains.slice(0, index).filter(({ prefix }) =>
    !isSameName(prefix, domain.prefix)
  );
  if (![main, ...others].some((other) => isSameDirectory(directoryOf(other), directory))) return [];
  const usage = 'write another directory, or "drop_prefix true"';
  return [{
    kind: "mixed",
    text: `${directory} has the drop files of another domain, with the same names: ${usage}`,
  }];
}

/** A directory of ours in the place of a directory of hash_spool would have files of both. */
function amongLevels(layout: MaildropLayout): LayoutComplaint[] {
  const { hashSpool, hashBinDir, binPath } = layout;
  if (hashSpool === 0) return [];
  const drops = dropDirectories(layout);
  const hashed = binPath !== undefined && hashBinDir ? [...drops, binPath] : drops;
  const all = binPath === undefined ? drops : [...new Set([...drops, binPath])];
  return all.flatMap((directory) => {
    const outer = hashed.find((each) => each !== directory && isLevelOf(directory, each));
    if (outer === undefined) return [];
    const text = `${directory} is where hash_spool puts directories of ${outer}`;
    return [{ kind: "mixed" as const, text: `${text}: write a directory with a longer name` }];
  });
}

function isLevelOf(directory: string, outer: string): boolean {
  if (!isAtOrBelow(directory, outer)) return false;
  const [first = ""] = directory.slice(outer.length).split(/[\\/]/).filter((name) => name !== "");
  // Names are in lower case, and so are the directories made of their letters.
  return [...first].length === 1 && isAtOrBelow(first.toLowerCase(), first);
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function isSameDirectory(one: string, other: string): boolean {
  return isAtOrBelow(one, other) && isAtOrBelow(other, one);
}
