import { compareLogLevel, getStreamSink, type LogRecord } from "@logtape/logtape";
import type { Clock } from "./clock.ts";
import { messageOf } from "./error_words.ts";
import type { Log, LogFields, LogLevel } from "./log.ts";
import { LogFile } from "./log_file.ts";
import { logLine, logText } from "./log_line.ts";

/** The programs of the original; each has its own log (F10). `dmail` is the appliance as a whole. */
export type LogProgram = "dsmtp" | "dpop" | "popfetch" | "dlist" | "dmail";

const PROGRAMS: readonly LogProgram[] = ["dsmtp", "dpop", "popfetch", "dlist", "dmail"];

/** What the configuration says about logs. */
export interface LogOptions {
  /** log_path (S44): where `dsmtp.log` and the others are. */
  readonly directory: string;
  /** log_level (S45). */
  readonly level: LogLevel;
  /** A file is put aside before it grows beyond this. */
  readonly maxOctets: number;
}

/** A line as the status page shows it. */
export interface LogLine {
  readonly atMs: number;
  readonly program: LogProgram;
  readonly level: LogLevel;
  /** The event and its fields, escaped and bounded; without time and level. */
  readonly text: string;
}

/** The logs of one appliance. Disposing writes out what waits, and closes the files. */
export interface Logs extends AsyncDisposable {
  /** The log of one program. Its file is made by the first line. */
  for(program: LogProgram): Log;
  /**
   * How much is logged, by one program or all, until {@linkcode Logs.reload} (C6, C17).
   *
   * @throws {RangeError} If there is no such level or program: it may come from outside.
   */
  setLevel(level: LogLevel, program?: LogProgram): void;
  levelOf(program: LogProgram): LogLevel;
  /** Takes new options; levels set by hand are forgotten, and files are opened anew. */
  reload(options: LogOptions): Promise<void>;
  /** The last lines of all programs, oldest first. */
  recent(): readonly LogLine[];
  /** Calls `listener` with every line from now on, until disposed. */
  subscribe(listener: (line: LogLine) => void): Disposable;
  /** Resolves when every line logged so far was handed to the disk. */
  flush(): Promise<void>;
}

/** LogTape's sink on a stream, which buffers and writes in the background, and the file below it. */
interface FileSink {
  readonly sink: ReturnType<typeof getStreamSink>;
  readonly file: LogFile;
}

/** Lines that wait for a slow disk; beyond twice as many the oldest are dropped. */
const WAITING_LINES = 500;

/** A line is on its way to the disk after this, in ms: what `kill -9` can cost. */
const FLUSH_INTERVAL_MS = 200;

/** A broken log disk is mentioned on stderr this often at most, in ms. */
const COMPLAIN_INTERVAL_MS = 3_600_000;

/** LogTape's names of our levels. */
const SEVERITY = { error: "error", warn: "warning", info: "info", debug: "debug" } as const;

/**
 * Opens the logs of one appliance. `complain` hears, at most once an hour, that a log cannot be
 * written; by default it goes to stderr.
 *
 * LogTape's configuration is one for the whole process, so its sinks are used without it: several
 * appliances may run in one process.
 */
export function openLogs(
  options: LogOptions & {
    readonly clock: Clock;
    /** How many lines {@linkcode Logs.recent} tells. */
    readonly keepRecent: number;
    readonly complain?: (text: string) => void;
  },
): Logs {
  return new ProgramLogs(options);
}

class ProgramLogs implements Logs {
  readonly #clock: Clock;
  readonly #keepRecent: number;
  readonly #complain: (text: string) => void;
  #options: LogOptions;
  readonly #levels = new Map<LogProgram, LogLevel>();
  readonly #sinks = new Map<LogProgram, FileSink>();
  readonly #listeners = new Set<(line: LogLine) => void>();
  #recent: LogLine[] = [];
  #complainedMs = -Infinity;
  #disposed = false;

  constructor(options: Parameters<typeof openLogs>[0]) {
    this.#clock = options.clock;
    this.#keepRecent = options.keepRecent;
    this.#complain = options.complain ?? console.error;
    this.#options = options;
  }

  for(program: LogProgram): Log {
    const at = (level: LogLevel) => (event: string, fields?: LogFields) => {
      if (this.#isLogged(program, level)) this.#write(program, level, logText(event, fields));
    };
    return { error: at("error"), warn: at("warn"), info: at("info"), debug: at("debug") };
  }

  setLevel(level: LogLevel, program?: LogProgram): void {
    if (!Object.hasOwn(SEVERITY, level)) throw new RangeError(`There is no log level ${level}`);
    if (program !== undefined && !PROGRAMS.includes(program)) {
      throw new RangeError(`There is no log of ${program}`);
    }
    for (const each of program === undefined ? PROGRAMS : [program]) this.#levels.set(each, level);
  }

  levelOf(program: LogProgram): LogLevel {
    return this.#levels.get(program) ?? this.#options.level;
  }

  async reload(options: LogOptions): Promise<void> {
    this.#options = options;
    this.#levels.clear();
    await this.#closeSinks();
  }

  recent(): readonly LogLine[] {
    return this.#recent.slice();
  }

  subscribe(listener: (line: LogLine) => void): Disposable {
    const own = (line: LogLine) => listener(line); // The same listener may subscribe twice.
    this.#listeners.add(own);
    return { [Symbol.dispose]: () => void this.#listeners.delete(own) };
  }

  async flush(): Promise<void> {
    await Promise.all([...this.#sinks.values()].map(async ({ sink, file }) => {
      await sink.drain();
      await file.flush();
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#listeners.clear();
    await this.#closeSinks();
  }

  #isLogged(program: LogProgram, level: LogLevel): boolean {
    return !this.#disposed &&
      compareLogLevel(SEVERITY[level], SEVERITY[this.levelOf(program)]) >= 0;
  }

  #write(program: LogProgram, level: LogLevel, text: string): void {
    const atMs = this.#clock.now();
    this.#remember({ atMs, program, level, text });
    this.#sink(program).sink(record(program, level, atMs, text));
  }

  #remember(line: LogLine): void {
    this.#recent.push(line);
    if (this.#recent.length > this.#keepRecent) this.#recent.shift();
    for (const listener of this.#listeners) {
      try {
        listener(line);
      } catch {
        // A page that cannot show a line is no reason to stop the mail the line is about.
      }
    }
  }

  #sink(program: LogProgram): FileSink {
    const open = this.#sinks.get(program);
    if (open !== undefined) return open;
    const { directory, maxOctets } = this.#options;
    const path = `${directory.replace(/[\\/]+$/, "")}/${program}.log`;
    const file = new LogFile({
      path,
      maxOctets,
      clock: this.#clock,
      onError: (error) => this.#warn(`Cannot write ${path}, going on without: ${messageOf(error)}`),
    });
    const sink = getStreamSink(new WritableStream(file), {
      formatter: ({ timestamp, properties, rawMessage }) =>
        `${logLine(timestamp, properties.level as LogLevel, String(rawMessage))}\n`,
      nonBlocking: {
        bufferSize: WAITING_LINES,
        flushInterval: FLUSH_INTERVAL_MS,
        onDrop: ({ count }) => this.#warn(`Lost ${count} lines of ${path}: the disk is too slow`),
      },
    });
    const opened = { sink, file };
    this.#sinks.set(program, opened);
    return opened;
  }

  #warn(text: string): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#complainedMs < COMPLAIN_INTERVAL_MS) return;
    this.#complainedMs = nowMs;
    this.#complain(text);
  }

  async #closeSinks(): Promise<void> {
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    await Promise.all(sinks.map(({ sink }) => sink[Symbol.asyncDispose]()));
  }
}

function record(program: LogProgram, level: LogLevel, atMs: number, text: string): LogRecord {
  return {
    category: [program],
    level: SEVERITY[level],
    message: [text],
    rawMessage: text,
    timestamp: atMs,
    properties: { level },
  };
}
