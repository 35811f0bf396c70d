const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "1 message", "12 messages", "12,345 messages". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** "12,345". */
export function grouped(number: number): string {
  return String(Math.trunc(number)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "340 bytes", "1.4 KB", "20 MB": units of 1024, as mail programs show them. */
export function size(octets: number): string {
  if (octets < 1024) return count(octets, "byte");
  let value = octets;
  let unit = "bytes";
  for (const next of ["KB", "MB", "GB", "TB"]) {
    // 1023.6 KB would be rounded to "1024 KB".
    if (value < 1023.5) break;
    value /= 1024;
    unit = next;
  }
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${unit}`;
}

/** A length of time as people say it: "14 s", "12 min", "3 h 20 min", "30 h", "4 days". */
export function span(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.max(Math.floor(ms / SECOND_MS), 0)} s`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms >= 2 * DAY_MS) return `${grouped(ms / DAY_MS)} days`;
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  return hours < 10 && minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
}

/** "just now", "4 min ago". What lies ahead because a clock was set back is "just now" too. */
export function ago(elapsedMs: number): string {
  return elapsedMs < MINUTE_MS ? "just now" : `${span(elapsedMs)} ago`;
}

/** "due now", "within a minute", "in 12 min"; minutes begun count, so that it is never late. */
export function ahead(remainingMs: number): string {
  if (remainingMs <= 0) return "due now";
  if (remainingMs < MINUTE_MS) return "within a minute";
  return `in ${span(Math.ceil(remainingMs / MINUTE_MS) * MINUTE_MS)}`;
}

/** Makes the beginning of a sentence of a phrase. A host name, known by its dot, stays as it is. */
export function capitalised(text: string): string {
  if (/^\S+\.\S/.test(text)) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A text as it is repeated in a message: the beginning of a long one, and `…`. */
export function shortened(text: string, maxLength = 60): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}

/** What a terminal shows and does not obey: `?` for all else but tabs and line ends. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) => /[\n\t]/.test(found) ? found : "?");
}

/** A table with columns as wide as their widest cell; the last one may be any width. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => widths[column] = Math.max(widths[column] ?? 0, cell.length));
  }
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd())
    .join("\n");
}
