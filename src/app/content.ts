import type { Config } from "../config/mod.ts";
import { createBombs } from "../domain/bomb/mod.ts";
import { createFilters } from "../domain/filter/mod.ts";
import type { Clock, Files, Log } from "../platform/mod.ts";
import type { Content } from "../servers/smtpd/mod.ts";
import { perConfig } from "./per_config.ts";

/** What looks into messages: made anew for each configuration, but for the counts of mail bombs. */
export function contentOf(
  config: () => Config,
  { files, clock, log }: { readonly files: Files; readonly clock: Clock; readonly log: Log },
): () => Content {
  const bombs = createBombs({ options: () => config().content.bombs, files, clock, log });
  return perConfig(config, ({ content: { filterRules, footers, recipientHeader } }) => ({
    bombs,
    filters: createFilters({ rules: filterRules, clock, log }),
    footers,
    recipientHeader,
  }));
}
