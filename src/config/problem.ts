/** Something wrong in the configuration. An error keeps it from being used, a warning does not. */
export interface ConfigProblem {
  readonly severity: "error" | "warning";
  /** The file as it was named on the command line or in `#include`. */
  readonly file: string;
  /** Counted from 1; 0 if the problem is with the file as a whole, or something is missing. */
  readonly line: number;
  /** What was found and what to write instead; never a password. */
  readonly message: string;
}

/** `file:line: message`, the form in which editors jump to the place; no line if there is none. */
export function formatProblem(problem: ConfigProblem): string {
  const { place, message } = placed(problem);
  return `${place}: ${problem.severity === "warning" ? "warning: " : ""}${message}`;
}

/** {@linkcode formatProblem} for those who show in a way of their own how bad it is. */
export function formatProblemPlainly(problem: ConfigProblem): string {
  const { place, message } = placed(problem);
  return `${place}: ${message}`;
}

function placed({ file, line, message }: ConfigProblem): { place: string; message: string } {
  return { place: line === 0 ? file : `${file}:${line}`, message };
}
