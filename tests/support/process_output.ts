/** What a process has written, kept and watched. */
export interface ProcessOutput {
  /** All of it so far. */
  readonly text: string;
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  /** Resolves to the first line that matches, also one that has come already. Rejects at the end. */
  line(pattern: RegExp): Promise<string>;
}

/** Reads a stream of text to its end. */
export function watchOutput(stream: ReadableStream<Uint8Array>): ProcessOutput {
  let text = "";
  let over = false;
  let changed = Promise.withResolvers<void>();
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      changed.resolve();
      changed = Promise.withResolvers();
    }
    over = true;
    changed.resolve();
  })();
  return {
    get text() {
      return text;
    },
    ended,
    async line(pattern) {
      while (true) {
        const found = text.split("\n").slice(0, -1).find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (over) throw new Error(`The output ended without ${pattern}: ${text.slice(-2000)}`);
        await changed.promise;
      }
    },
  };
}

/** The path of a `file:` URL on a POSIX system. */
export function fromFileUrl(url: URL): string {
  return decodeURIComponent(url.pathname);
}
