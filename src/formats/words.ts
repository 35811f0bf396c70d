/** Octets as a person says them: "640 bytes", "31 KB", "1.4 MB". */
export function sizeInWords(octets: number): string {
  if (octets < 1000) return `${octets} bytes`;
  if (octets < 1_000_000) return `${oneDecimalBelowTen(octets / 1000)} KB`;
  if (octets < 1_000_000_000) return `${oneDecimalBelowTen(octets / 1_000_000)} MB`;
  return `${oneDecimalBelowTen(octets / 1_000_000_000)} GB`;
}

/** A duration as a person says it: "0.4 s", "14 s", "3 min 5 s", "2 h 10 min", "3 d 4 h". */
export function durationInWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 10) return `${oneDecimalBelowTen(ms / 1000)} s`;
  const pairs = [[86_400, "d", 3600, "h"], [3600, "h", 60, "min"], [60, "min", 1, "s"]] as const;
  for (const [unit, name, smaller, smallerName] of pairs) {
    if (seconds < unit) continue;
    const rest = Math.floor((seconds % unit) / smaller);
    return `${Math.floor(seconds / unit)} ${name}` + (rest > 0 ? ` ${rest} ${smallerName}` : "");
  }
  return `${seconds} s`;
}

/** "1 message", "2 messages". */
export function counted(count: number, one: string, many = one + "s"): string {
  return `${count} ${count === 1 ? one : many}`;
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

function oneDecimalBelowTen(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}
