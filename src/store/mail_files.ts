import type { Clock, Files, Log } from "../platform/mod.ts";
import { MailFile } from "./mail_file.ts";
import { type Delivery, mboxText, requireUniqueIds } from "./mbox_text.ts";
import { Serial } from "./serial.ts";

/** Files that an administrator's rules name, to which messages are appended (B18). */
export interface MailFiles {
  /**
   * Appends messages to the file at a whole path, with one sync for all of them. All are there
   * afterwards, or (if it throws) none. The file is made if there is none, but no directory.
   *
   * @throws {NotAMailFileError} If what is there is no plain file: a link too, because whoever may
   * write its directory could have put it there.
   */
  append(path: string, messages: readonly Delivery[]): Promise<void>;
  /** Whether `append` got through before a crash, as far as the end of the file tells. */
  wasAppended(path: string, deliveryId: string): Promise<boolean>;
}

/** What {@linkcode openMailFiles} needs. */
export interface MailFilesOptions {
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
  /** Directory of ours for the remains of interrupted messages. */
  readonly workDir: string;
}

/** How many files are remembered; of others the end is read again. */
const MAX_FILES = 100;

/** Opens the files on disk. */
export function openMailFiles(options: MailFilesOptions): MailFiles {
  const recent = new Map<string, { readonly file: MailFile; readonly serial: Serial }>();

  function use<T>(path: string, work: (file: MailFile) => Promise<T>): Promise<T> {
    const known = recent.get(path) ?? { file: new MailFile(path, options), serial: new Serial() };
    recent.delete(path);
    recent.set(path, known);
    return known.serial.run(() => work(known.file)).finally(() => {
      for (const [other, { serial }] of recent) {
        if (recent.size <= MAX_FILES) return;
        if (serial.idle) recent.delete(other);
      }
    });
  }

  return {
    wasAppended: (path, deliveryId) => use(path, (file) => file.has(deliveryId)),
    append: (path, messages) =>
      use(path, async (file) => {
        requireUniqueIds(messages);
        const ids = messages.map(({ deliveryId }) => deliveryId);
        await file.append(mboxText(messages, options.clock).text, ids);
      }),
  };
}
