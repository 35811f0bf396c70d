import type { FileInfo, Files, Log } from "../platform/mod.ts";
import { layoutComplaints } from "./layout_complaints.ts";
import { type MaildropLayout, type MaildropPaths, pathsOrNothing } from "./maildrop_layout.ts";

/**
 * The layouts by which mail may lie where it does: those of another hash_spool, drop_prefix or
 * alt_drop_path. One that would mix the mail of users was never in use.
 */
export function formerLayouts(layout: MaildropLayout): readonly MaildropLayout[] {
  const drops = [layout, withoutAlternatives(layout)];
  const named = drops.flatMap((each) => [each, { ...each, dropPrefix: !each.dropPrefix }]);
  return named
    .flatMap((each) => ([0, 1, 2] as const).map((hashSpool) => ({ ...each, hashSpool })))
    .filter((each) => layoutComplaints(each).every(({ kind }) => kind !== "mixed"));
}

/**
 * Warns if mail of a user lies where it would belong by a former layout, and there is none where it
 * belongs now: somebody changed a setting and did not move the files. Never rejects: it is for
 * people, and mail must not wait for it.
 */
export async function warnOfFormerPlace(
  { user, now, former }: {
    readonly user: string;
    readonly now: MaildropPaths;
    readonly former: readonly MaildropLayout[];
  },
  { files, log }: { readonly files: Pick<Files, "stat">; readonly log: Log },
): Promise<void> {
  const others = former.map((layout) => pathsOrNothing(user, layout)).filter((it) =>
    it !== undefined
  );
  try {
    for (const [part, kind] of [["dropFile", "file"], ["binDir", "directory"]] as const) {
      if (await files.stat(now[part]) !== undefined) continue;
      const places = new Set(others.map((other) => other[part]));
      const found = await firstOf(kind, places, (path) => files.stat(path));
      if (found === undefined) continue;
      log.warn("Mail lies where it is not looked for: move it there, or change the setting back", {
        ...{ user, found, expected: now[part] },
      });
    }
  } catch {
    // The work that comes next meets the same disk and says what is wrong with it.
  }
}

function withoutAlternatives(layout: MaildropLayout): MaildropLayout {
  const { main: { dropPath }, virtualDomains } = layout;
  return {
    ...layout,
    main: { dropPath },
    virtualDomains: virtualDomains.map(({ prefix, dropPath }) => ({ prefix, dropPath })),
  };
}

async function firstOf(
  kind: FileInfo["kind"],
  paths: Iterable<string>,
  stat: (path: string) => Promise<FileInfo | undefined>,
): Promise<string | undefined> {
  for (const path of paths) {
    if ((await stat(path))?.kind === kind) return path;
  }
  return undefined;
}
