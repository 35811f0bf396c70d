import { transformed } from "../../formats/byte_transform.ts";
import { formatFromLine } from "../../formats/mbox.ts";
import { MboxEncoder } from "../../formats/mbox_quoting.ts";
import type { Chunks, Files } from "../../platform/mod.ts";

/** A message that could not be delivered to anybody. */
export interface Dud {
  readonly sender: string;
  readonly uidl: string;
  readonly atMs: number;
  /** Header lines that say where it came from. */
  readonly trace: string;
  readonly message: Chunks;
}

/** duds.dat (F21, B50), an mbox file that all sessions of a call write to. */
export class DudFile {
  readonly #files: Files;
  readonly #path: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor(files: Files, workPath: string) {
    this.#files = files;
    this.#path = `${workPath}/duds.dat`;
  }

  /**
   * Appends a message, one after the other: a failure cuts the file back to what it was before, and
   * that must not be before somebody else's message. It is durable when this resolves.
   *
   * @throws Any failure of the disk or of the message; the file is as it was then.
   */
  keep(dud: Dud): Promise<void> {
    const kept = this.#last.then(async () => {
      await this.#files.append(this.#path, mboxRecord(dud));
    });
    this.#last = kept.catch(() => {}); // Whoever it belongs to hears of it.
    return kept;
  }
}

async function* mboxRecord(
  { sender, uidl, atMs, trace, message }: Dud,
): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  yield encoder.encode(formatFromLine({ sender, deliveryId: uidl, atMs }));
  yield* transformed(chained(encoder.encode(trace), message), new MboxEncoder());
  yield encoder.encode("\n");
}

async function* chained(first: Uint8Array, rest: Chunks): AsyncGenerator<Uint8Array, void> {
  yield first;
  yield* rest;
}
