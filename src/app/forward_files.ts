import type { ForwardFiles } from "../domain/routing/mod.ts";
import { type Logs, Recent } from "../platform/mod.ts";
import { ForwardFileStore, type FoundForwardFile, type MaildropLayout } from "../store/mod.ts";
import type { World } from "./world.ts";

/** How long a look at a forward file counts, in ms: for a burst, and for RCPT and the delivery. */
const RECENT_MS = 25;

const MAX_RECENT = 1000;

/** Where the recipient chain finds forward files: beside drop files, and in home directories. */
export function openForwardFiles(
  { layout, logs, world: { clock, files, privileges } }: {
    readonly layout: () => MaildropLayout;
    readonly logs: Logs;
    readonly world: Pick<World, "clock" | "files" | "privileges">;
  },
): ForwardFiles {
  const ourUid = () => privileges.uid();
  const store = new ForwardFileStore({ files, layout, ourUid, log: logs.for("dsmtp") });
  const recent = new Recent<string, FoundForwardFile>({
    ...{ clock, forMs: RECENT_MS, most: MAX_RECENT },
  });
  return {
    read: (owner, kind) => recent.get(`${kind} ${owner.user}`, () => store.read(owner, kind)),
  };
}
