import type { ForwardFiles } from "../domain/routing/mod.ts";
import type { Logs } from "../platform/mod.ts";
import { ForwardFileStore, type MaildropLayout } from "../store/mod.ts";
import type { World } from "./world.ts";

/** Where the recipient chain finds forward files: beside drop files, and in home directories. */
export function openForwardFiles(
  { layout, logs, world: { files, privileges } }: {
    readonly layout: () => MaildropLayout;
    readonly logs: Logs;
    readonly world: Pick<World, "files" | "privileges">;
  },
): ForwardFiles {
  const ourUid = () => privileges.uid();
  return new ForwardFileStore({ files, layout, ourUid, log: logs.for("dsmtp") });
}
