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

/**
 * Appends a message to duds.dat (F21, B50), an mbox file. It is durable when this resolves.
 *
 * @throws Any failure of the disk or of the message; the file is as it was then.
 */
export async function keepDud(files: Files, workPath: string, dud: Dud): Promise<void> {
  await files.append(`${workPath}/duds.dat`, mboxRecord(dud));
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
