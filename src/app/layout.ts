import type { Config } from "../config/mod.ts";
import type { MaildropLayout } from "../store/mod.ts";

/**
 * Where maildrops are, from the start of the appliance on. What needs files to be moved stays as it
 * was then; virtual domains come and go with a reload, as their addresses do.
 */
export function layoutSince(config: () => Config): () => MaildropLayout {
  const atStart = config().mailboxes.layout;
  let now = atStart;
  let madeOf = atStart;
  return () => {
    const { layout } = config().mailboxes;
    if (layout !== madeOf) {
      const { virtualDomains, separator } = layout;
      now = { ...atStart, virtualDomains, separator };
      madeOf = layout;
    }
    return now;
  };
}
