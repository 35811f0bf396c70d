import type { FileInfo, Files, Log, OpenedFile } from "../platform/mod.ts";
import { type MaildropLayout, pathsOrNothing } from "./maildrop_layout.ts";

/** Whose forward file is asked for. */
export interface ForwardOwner {
  /** Name of the maildrop. */
  readonly user: string;
  /** Number of the system user; only files of theirs, of root and, for `.fwd`, of ours count. */
  readonly uid?: number;
  readonly home?: string;
}

/** What a look at a forward file found. */
export type FoundForwardFile =
  /** There is none, or none that counts. */
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly text: string; readonly path: string }
  /** There may be one, and mail must not go elsewhere for a disk's sake. */
  | { readonly kind: "unavailable"; readonly reason: string };

/** What forward files are read with. */
export interface ForwardFilesOptions {
  readonly files: Pick<Files, "readOpened">;
  readonly log: Log;
  /** Where drop files are: a `.fwd` file is beside its drop file (F5). */
  readonly layout: () => MaildropLayout;
  /** Number of the user we are; none on Windows, where owners are not looked at. */
  readonly ourUid: () => number | undefined;
}

/** Longest forward file, in octets. */
const MAX_OCTETS = 64 * 1024;

const ROOT = 0;

/** Mode bits that let the group or everybody write. */
const WRITABLE_BY_OTHERS = 0o022;

const NONE = { kind: "none" } as const;

/**
 * Reads forward files, each time anew (F5, F6). What others than its owner may write does not
 * count, nor does what belongs to a stranger: whoever can put a file there would get the user's
 * mail. It is left alone with a warning, and the mail goes to the drop file.
 */
export class ForwardFileStore {
  readonly #options: ForwardFilesOptions;

  constructor(options: ForwardFilesOptions) {
    this.#options = options;
  }

  /** Reads `<home>/.forward`, or the `.fwd` file beside the drop file of `owner.user`. */
  async read(owner: ForwardOwner, kind: ".forward" | ".fwd"): Promise<FoundForwardFile> {
    try {
      return kind === ".fwd" ? await this.#ofDropFile(owner) : await this.#ofHome(owner);
    } catch (error) {
      this.#options.log.error("Cannot read a forward file", {
        ...{ user: owner.user, file: kind, reason: String(error) },
      });
      return { kind: "unavailable", reason: "A forward file cannot be read just now" };
    }
  }

  async #ofDropFile({ user, uid }: ForwardOwner): Promise<FoundForwardFile> {
    const { layout, ourUid } = this.#options;
    const path = pathsOrNothing(user, layout())?.forwardFile;
    if (path === undefined) return NONE; // Nor has such a user a drop file, and that says so.
    const opened = await this.#open(path, { followLinks: false });
    return this.#judged(path, opened, { user, owners: [ROOT, ourUid(), uid] });
  }

  async #ofHome({ user, uid, home }: ForwardOwner): Promise<FoundForwardFile> {
    if (home === undefined) return NONE;
    const path = `${home}/.forward`;
    const opened = await this.#open(path, { followLinks: false });
    if (opened?.info.kind !== "other") {
      return this.#judged(path, opened, { user, owners: [ROOT, uid] });
    }
    // Where a link leads must be the user's own: we may read what the user may not.
    const linked = await this.#open(path, { followLinks: true });
    return this.#judged(path, linked, { user, owners: [uid] });
  }

  #open(
    path: string,
    { followLinks }: { readonly followLinks: boolean },
  ): Promise<OpenedFile | undefined> {
    return this.#options.files.readOpened(path, { maxOctets: MAX_OCTETS, followLinks });
  }

  #judged(
    path: string,
    opened: OpenedFile | undefined,
    { user, owners }: { readonly user: string; readonly owners: readonly (number | undefined)[] },
  ): FoundForwardFile {
    if (opened === undefined) return NONE;
    const complaint = complaintAbout(opened.info, owners);
    if (complaint !== undefined) {
      this.#options.log.warn("Left a forward file alone", { user, path, reason: complaint });
      return NONE;
    }
    if (opened.bytes !== undefined) {
      return { kind: "found", text: new TextDecoder().decode(opened.bytes), path };
    }
    const octets = opened.info.sizeOctets;
    this.#options.log.error("A forward file is too long", { user, path, octets, max: MAX_OCTETS });
    return { kind: "unavailable", reason: "A forward file is too long" };
  }
}

/** Why a file does not count, in words. */
function complaintAbout(
  { kind, uid, mode = 0 }: FileInfo,
  owners: readonly (number | undefined)[],
): string | undefined {
  if (kind !== "file") return "it is no plain file";
  if (uid !== undefined && !owners.includes(uid)) return `it belongs to user number ${uid}`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return "others may write it: chmod go-w";
  return undefined;
}
