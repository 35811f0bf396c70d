import { count, span } from "../../formats/words.ts";
import type { CallReport } from "./report.ts";

/** One sentence about a call, for the page and the terminal: what it did, then what went wrong. */
export function summarise(
  call: Pick<CallReport, "line" | "accounts" | "etrn" | "flush" | "durationMs"> & {
    readonly problems: readonly string[];
  },
): string {
  const problems = [...call.problems, ...troubles(call)];
  if (call.line === "failed") {
    return `The line did not come up: ${problems[0] ?? "no reason was given"}`;
  }
  const collected = call.accounts.reduce((sum, account) => sum + account.fetched, 0);
  const sent = call.flush?.delivered ?? 0;
  const done = collected + sent === 0
    ? "Nothing to collect or send"
    : `Collected ${count(collected, "message")}, sent ${sent}`;
  const seconds = `in ${span(Math.max(1000, call.durationMs))}`;
  const [first, ...more] = problems;
  if (first === undefined) return `${done}, ${seconds}`;
  return `${done}, ${seconds}; ${first}${more.length > 0 ? ` (and ${more.length} more)` : ""}`;
}

function troubles({ accounts, etrn, flush }: Pick<CallReport, "accounts" | "etrn" | "flush">) {
  return [
    ...accounts.filter((a) => !a.ok).map((a) => `${a.account}: ${a.result}`),
    ...etrn.filter((e) => !e.ok).map((e) => `ETRN ${e.domain}: ${e.result}`),
    ...(flush?.problems ?? []),
  ];
}
