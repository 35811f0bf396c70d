import type { ChainStep, Destination } from "./mod.ts";

/** Lines of one chain in the log; who needs more has `dmail explain`. */
const MAX_LOGGED = 200;

/** How the documents name what is added to a chain (B36); `undefined` for what is not. */
export function nameOf(destination: Destination): string | undefined {
  switch (destination.kind) {
    case "maildrop":
      return destination.user;
    case "robot":
      return `<|${destination.command}>`;
    case "file":
      return `<${destination.path}>`;
    case "relay":
    case "reject":
      return undefined; // The address is in the chain already.
  }
}

/** A chain in words, a line a step: in those of the documents where they have any (B36). */
export function chainStory(steps: readonly ChainStep[]): readonly string[] {
  return steps.map((step) => {
    switch (step.kind) {
      case "start":
        return `Starting rcpt chain for ${step.name}`;
      case "rule":
        return `${step.address}: ${step.text}`;
      case "add":
        return `Adding ${step.name} to rcpt chain`;
    }
  });
}

/**
 * A chain as log_chain writes it (S14, 000:843-851): the same lines as {@linkcode chainStory}, each
 * with the word "chain" that administrators look for.
 */
export function chainLog(steps: readonly ChainStep[]): readonly string[] {
  const lines = chainStory(steps).map((line, index) =>
    steps[index]?.kind === "rule" ? `*** In rcpt chain ${line}` : `*** ${line}`
  );
  const rest = lines.length - MAX_LOGGED;
  return rest <= 0 ? lines : [...lines.slice(0, MAX_LOGGED), `*** ${rest} more in rcpt chain`];
}
