import type { Log, LogFields, LogLevel } from "../../src/platform/mod.ts";

/** A log that can be looked into. */
export class RememberingLog implements Log {
  readonly entries: {
    readonly level: LogLevel;
    readonly event: string;
    readonly fields: LogFields;
  }[] = [];

  error(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "error", event, fields });
  }

  warn(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "warn", event, fields });
  }

  info(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "info", event, fields });
  }

  debug(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "debug", event, fields });
  }

  /** The events of one level, oldest first. */
  events(level: LogLevel): string[] {
    return this.entries.filter((entry) => entry.level === level).map(({ event }) => event);
  }

  /** The fields of all lines about one event, oldest first. */
  of(event: string): LogFields[] {
    return this.entries.filter((entry) => entry.event === event).map(({ fields }) => fields);
  }
}
