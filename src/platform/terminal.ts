/** The person, or the script, at the other end of the command line. */
export interface Terminal {
  /** Whether a person watches: progress is drawn only then. */
  readonly isTerminal: boolean;
  /** Whether a person types: what cannot be seen is asked twice. */
  readonly asksPerson: boolean;
  /** Width in characters; 80 if unknown. */
  readonly columns: number;
  /** Writes to standard output as is. */
  write(text: string): void;
  /** Writes a line to standard output. */
  line(text: string): void;
  /** Writes a line to standard error. */
  error(text: string): void;
  /**
   * Asks for a secret without showing it; from a pipe it reads the first line.
   *
   * @returns `undefined` if the input ended first.
   */
  readSecret(prompt: string): Promise<string | undefined>;
  /** Standard input as it comes. */
  readonly input: ReadableStream<Uint8Array>;
}

/** Longest secret read, in octets; a longer one is cut. */
const MAX_SECRET_OCTETS = 1024;

const ENTER = new Set([0x0a, 0x0d]);
const END_OF_INPUT = 0x04;
const INTERRUPT = 0x03;
const ERASE = new Set([0x08, 0x7f]);

/** The terminal this program was started from. */
export const systemTerminal: Terminal = {
  get isTerminal() {
    return Deno.stdout.isTerminal();
  },

  get asksPerson() {
    return Deno.stdin.isTerminal();
  },

  get columns() {
    try {
      return Deno.consoleSize().columns || 80; // Some terminals do not know theirs.
    } catch {
      return 80; // Not a terminal.
    }
  },

  write: (text) => writeAll(Deno.stdout, text),
  line: (text) => writeAll(Deno.stdout, text + "\n"),
  error: (text) => writeAll(Deno.stderr, text + "\n"),

  async readSecret(prompt) {
    const hidden = Deno.stdin.isTerminal();
    if (!hidden) return await readTyped();
    writeAll(Deno.stderr, prompt);
    Deno.stdin.setRaw(true, { cbreak: false });
    try {
      return await readTyped();
    } finally {
      Deno.stdin.setRaw(false);
      writeAll(Deno.stderr, "\n");
    }
  },

  get input() {
    return Deno.stdin.readable;
  },
};

/** Reads one line, an octet at a time so that what follows it is left for the next reader. */
async function readTyped(): Promise<string | undefined> {
  const typed: number[] = [];
  const one = new Uint8Array(1);
  while (true) {
    const count = await Deno.stdin.read(one);
    const octet = one[0] ?? 0;
    if (count === null || octet === INTERRUPT || octet === END_OF_INPUT) {
      return typed.length === 0 || octet === INTERRUPT ? undefined : text(typed);
    }
    if (ENTER.has(octet)) return text(typed);
    if (ERASE.has(octet)) typed.pop();
    else if (typed.length < MAX_SECRET_OCTETS) typed.push(octet);
  }
}

function text(octets: readonly number[]): string {
  return new TextDecoder().decode(new Uint8Array(octets));
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let done = 0; done < bytes.length;) done += stream.writeSync(bytes.subarray(done));
  } catch (error) {
    // Who read this has seen enough (`| head`); a server goes on without.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
