import type { Facts } from "./facts.ts";

const MINUTE_MS = 60_000;

/** B51: a provider throws out who dials more often. */
const MIN_DIAL_MS = 5 * MINUTE_MS;

/** How the line is used (B51). */
export function line({ values, report }: Facts): void {
  const dialled = (["link_up", "ras_entry", "ras_number"] as const)
    .find((name) => values[name] !== undefined);
  if (dialled !== undefined && values.ras_timer !== undefined && values.ras_timer < MIN_DIAL_MS) {
    const minutes = values.ras_timer / MINUTE_MS;
    report(
      "error",
      "ras_timer",
      `ras_timer ${minutes} is too often for a line that is dialled (${dialled}): ` +
        'write "ras_timer 5" or more',
    );
  }
  if (dialled !== undefined && dialled !== "link_up") {
    const usage = 'write "link_up <command>" with a command that dials';
    report(
      "warning",
      dialled,
      `${dialled}: this version does not dial by Windows itself; ${usage}`,
    );
  }
  if (values.link_down !== undefined && values.link_up === undefined) {
    // link_check alone is fine: another program dials, we join and never hang up.
    const usage = 'write "link_up <command>" too, or remove this line';
    report(
      "warning",
      "link_down",
      `link_down: only a line brought up here is taken down; ${usage}`,
    );
  }
}

/** Collected mail must be asked for, and have somewhere to go. */
export function fetching({ values, report, isLocal }: Facts): void {
  if (values.pf_domain !== undefined && !isLocal(values.pf_domain)) {
    const usage = "write one of yours, or collected mail is sent out again";
    report(
      "warning",
      "pf_domain",
      `pf_domain: ${values.pf_domain} is not a local domain; ${usage}`,
    );
  }
  if (values.pf_user.length > 0 && values.ras_timer === undefined) {
    const usage = 'add "ras_timer <minutes>", or use "dmail popfetch" by hand';
    report("warning", "pf_user", `pf_user: nothing collects this mail by itself; ${usage}`);
  }
}
