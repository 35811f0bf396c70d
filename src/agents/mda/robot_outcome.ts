import type { Outcome } from "../../domain/queue/mod.ts";
import type { ProgramResult } from "../../platform/mod.ts";

/** How much of what a robot says a sender is told, in characters. */
const MAX_SAID = 300;

/** Exit codes of robots (sysexits.h), with statuses of RFC 3463; any other one is 5.3.0. */
const STATUSES: Readonly<Record<number, string>> = {
  65: "5.6.0", // EX_DATAERR: the message is not what it wants.
  67: "5.1.1", // EX_NOUSER
  68: "5.1.2", // EX_NOHOST
  71: "4.3.0", // EX_OSERR: the system is short of something.
  73: "5.2.0", // EX_CANTCREAT
  74: "4.3.0", // EX_IOERR
  75: "4.3.0", // EX_TEMPFAIL
  76: "5.5.0", // EX_PROTOCOL
  77: "5.7.0", // EX_NOPERM
  78: "5.3.5", // EX_CONFIG
  // What chroot and shells say when they cannot start something.
  125: "5.3.5",
  126: "5.3.5",
  127: "5.3.5",
};

/**
 * What the end of a robot means for its message (2.4): taken with exit code 0, to be tried again
 * when it says so or was killed, and otherwise returned to its sender, with the first words of the
 * robot.
 */
export function outcomeOfRobot(result: ProgramResult): Outcome {
  switch (result.kind) {
    case "exited": {
      const { code, output } = result;
      if (code === 0) return { kind: "delivered", detail: "Taken by a program" };
      const status = STATUSES[code] ?? "5.3.0";
      const said = firstWords(output);
      return failure(
        status,
        `The program for this address did not take the message (exit code ${code})` +
          (said === "" ? "" : `: ${said}`),
      );
    }
    case "killed":
      // Short of memory, or stopped with all of us: that is no answer to the message.
      return failure("4.3.0", `The program for this address broke off (${result.by})`);
    case "not started":
      return result.passing
        ? failure("4.3.2", "The program for this address cannot be started just now")
        : CANNOT_START;
  }
}

/** Until somebody changes the rule, or the program. */
export const CANNOT_START: Outcome = {
  kind: "permanent",
  status: "5.3.5",
  reason: "The program for this address cannot be started",
};

/** Robots must not do what the rule wants. */
export const NOT_ALLOWED: Outcome = {
  kind: "permanent",
  status: "5.3.5",
  reason: "The mail server may not run this program",
};

/** A robot that did not end in time may have had a bad moment, as the machine may. */
export function tookTooLong(timeoutMs: number): Outcome {
  const seconds = Math.round(timeoutMs / 1000);
  return failure("4.3.0", `The program for this address did not end within ${seconds} seconds`);
}

/** The first digit of a status says whether a failure is for good (RFC 3463 section 3.1). */
function failure(status: string, reason: string): Outcome {
  return { kind: status.startsWith("4") ? "temporary" : "permanent", status, reason };
}

/** On one line, without anything that a terminal or a header would take for more than text. */
function firstWords(output: string): string {
  const line = output.replaceAll(/[\p{C}\p{Z}\s\ufffd]+/gu, " ").trim();
  return line.length > MAX_SAID ? `${line.slice(0, MAX_SAID - 1).trim()}…` : line;
}
