/** How long output may still come once the command itself has ended, in ms. */
const AFTER_EXIT_MS = 200;

/** How much is still kept, of all streams that share it. */
export interface OutputBudget {
  octets: number;
}

/**
 * Reads a command's output to the end, keeps the first part. A daemon that the command left behind
 * may hold the stream open for ever (`pon` does): once the command has ended, what has come by then
 * is all.
 *
 * @param sleep Waits so many ms, or until the signal.
 */
export async function firstPart(
  stream: ReadableStream<Uint8Array>,
  { budget, ended, sleep }: {
    readonly budget: OutputBudget;
    readonly ended: Promise<unknown>;
    readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  },
): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  const read = new AbortController();
  const lateEnd = ended.then(() => sleep(AFTER_EXIT_MS, read.signal))
    .then(() => reader.cancel()).catch(() => {}); // It came to its end by itself.
  let text = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const kept = part.value.subarray(0, budget.octets);
      budget.octets -= kept.length;
      text += decoder.decode(kept, { stream: true });
    }
  } finally {
    await ended;
    read.abort();
    await lateEnd;
  }
  return text;
}
