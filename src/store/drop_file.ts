import type { MboxContents } from "../formats/mbox_scan.ts";
import { type FileInfo, type Files, parentOf } from "../platform/mod.ts";
import { dropFileInfo } from "./drop_link.ts";
import { ahead, gathered } from "./gathered.ts";
import { type MboxFileTools, scanAndRepair, scanWhole } from "./mbox_file.ts";
import type { MboxText } from "./mbox_text.ts";

/** Owners are asked for where we are root: nobody else can give files away. */
const ROOT_UID = 0;

/** What a drop file holds. */
export interface DropSummary {
  readonly messages: number;
  /** Over the wire. */
  readonly octets: number;
  /** Ids of our own deliveries in it. */
  readonly deliveryIds: ReadonlySet<string>;
  /** What must stand before the next message. */
  readonly separator: string;
  /** `undefined` if there is no file. */
  readonly sizeOctets: number | undefined;
}

/** A drop file as it was read or written last, and how to tell that it still is. */
interface Known extends DropSummary {
  readonly sizeOctets: number;
  readonly mtimeMs: number;
  readonly deliveryIds: Set<string>;
}

/**
 * One user's drop file (F2). Others may append to it or rewrite it at any time: what is remembered
 * counts only while size and time of the file are what they were. Calls must not overlap.
 */
export class DropFile {
  readonly #files: Files;
  readonly #tools: MboxFileTools;
  readonly #path: string;
  #known: Known | undefined;
  /** Whether it was a link when it was looked at last. */
  #isLink = false;
  /** Whether a delivery of ours may have been cut off: before we began, or when one failed. */
  #mayBeTorn = true;

  constructor(path: string, tools: MboxFileTools) {
    this.#files = tools.files;
    this.#tools = tools;
    this.#path = path;
  }

  /** What is in it; reads it only if it changed. */
  async summary(): Promise<DropSummary> {
    return await this.#current() ??
      { messages: 0, octets: 0, deliveryIds: new Set(), separator: "", sizeOctets: undefined };
  }

  /**
   * Appends messages as mbox text with one sync: all of them, or none if it throws.
   *
   * @param ownerUid Whose the file must be; a new one becomes that user's. Anybody's if left out.
   */
  async append({ text, messages }: MboxText, ownerUid?: number): Promise<void> {
    const before = await this.#current();
    if (before === undefined) {
      await this.#files.makeDir(parentOf(this.#path));
      await this.#files.create(this.#path, []);
    }
    if (ownerUid !== undefined) await this.#requireOwner(ownerUid);
    // Before the mail, not after: a failure here must leave no message behind.
    if (!before?.sizeOctets) await this.#files.syncDir(parentOf(this.#path));
    this.#known = undefined;
    this.#mayBeTorn = true;
    const separated = ahead(gathered(behind(before?.separator ?? "", text)));
    const { offset, octets, after } = await this.#files.append(this.#path, separated, {
      followLinks: this.#isLink, // Nobody may put one there meanwhile.
    });
    this.#mayBeTorn = false;
    // Otherwise somebody else wrote: it is read the next time.
    if (offset === (before?.sizeOctets ?? 0) && after.sizeOctets === offset + octets) {
      this.#rememberAppended(before, messages, after);
    }
  }

  /** Whoever owns another's drop file could read his mail, or lead us to write where he may not. */
  async #requireOwner(ownerUid: number): Promise<void> {
    let info = await this.#files.stat(this.#path);
    // A new one is ours at first, and stays ours if a crash comes between.
    if (info?.uid === ROOT_UID && info.sizeOctets === 0) {
      await this.#files.chown(this.#path, ownerUid);
      info = await this.#files.stat(this.#path);
    }
    if (info?.uid === ownerUid) return;
    throw new Error(
      `Cannot write ${this.#path}: it belongs to the user number ${info?.uid}, not ${ownerUid}`,
    );
  }

  /** `undefined` if there is no file. */
  async #current(): Promise<Known | undefined> {
    const { info, isLink } = await dropFileInfo(this.#path, this.#files);
    this.#isLink = isLink;
    if (info === undefined) return this.#known = undefined;
    // A pipe would never end.
    if (info.kind !== "file") throw new Error(`Cannot use ${this.#path}: not a file`);
    const known = this.#known;
    if (known?.sizeOctets === info.sizeOctets && known.mtimeMs === info.mtimeMs) return known;
    const contents = this.#mayBeTorn
      ? await scanAndRepair(this.#path, this.#tools)
      : await scanWhole(this.#path, this.#files);
    this.#mayBeTorn = false;
    const after = contents.tornAt === undefined ? info : await this.#files.stat(this.#path);
    return this.#known = knownFrom(contents, after ?? info);
  }

  #rememberAppended(
    before: Known | undefined,
    added: MboxText["messages"],
    { sizeOctets, mtimeMs }: FileInfo,
  ): void {
    const deliveryIds = before?.deliveryIds ?? new Set<string>();
    for (const { deliveryId } of added) deliveryIds.add(deliveryId);
    this.#known = {
      messages: (before?.messages ?? 0) + added.length,
      octets: (before?.octets ?? 0) + sumOf(added),
      deliveryIds,
      separator: "", // Each ends with a blank line.
      sizeOctets,
      mtimeMs,
    };
  }
}

function knownFrom({ records, separator }: MboxContents, info: FileInfo): Known {
  return {
    messages: records.length,
    octets: sumOf(records),
    deliveryIds: new Set(records.flatMap(({ deliveryId }) => deliveryId ?? [])),
    separator,
    sizeOctets: info.sizeOctets,
    mtimeMs: info.mtimeMs,
  };
}

function sumOf(messages: readonly { readonly sizeOctets: number }[]): number {
  return messages.reduce((sum, { sizeOctets }) => sum + sizeOctets, 0);
}

async function* behind(
  separator: string,
  text: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (separator !== "") yield new TextEncoder().encode(separator);
  yield* text;
}
