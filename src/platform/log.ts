/** How much a log line matters; each level includes the ones before it (S45, A21). */
export type LogLevel = "error" | "warn" | "info" | "debug";

/** What a log line may carry beside its text. A secret is never a field. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/**
 * One program's log: `log.info("Delivered", { id, to, ms })`.
 *
 * Every line about a message carries its queue id as `id`, so that one `grep` tells its story.
 */
export interface Log {
  error(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
}
