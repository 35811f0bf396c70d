import type { FileInfo, Files, Log } from "../platform/mod.ts";
import { type MaildropLayout, maildropNameAt, maildropPaths } from "./maildrop_layout.ts";

/**
 * Warns if mail of a user lies where it would belong by another hash_spool, drop_prefix or
 * alt_drop_path, and there is none where it belongs now: somebody changed the setting and did not
 * move the files. Never rejects: it is for people, and mail must not wait for it.
 */
export async function warnOfFormerPlace(
  user: string,
  layout: MaildropLayout,
  { files, log }: { readonly files: Pick<Files, "stat">; readonly log: Log },
): Promise<void> {
  const now = maildropPaths(user, layout);
  const others = otherLayouts(layout).map((other) => maildropPaths(user, other));
  try {
    for (const [part, kind] of [["dropFile", "file"], ["binDir", "directory"]] as const) {
      if (await files.stat(now[part]) !== undefined) continue;
      const places = new Set(others.map((other) => other[part]));
      const found = await firstOf(kind, places, (path) => files.stat(path));
      // In a directory that domains share it may well be the place of another user.
      if (found === undefined || maildropNameAt(found, layout) !== undefined) continue;
      log.warn("Mail lies where it is not looked for: move it there, or change the setting back", {
        ...{ user, found, expected: now[part] },
      });
    }
  } catch {
    // The work that comes next meets the same disk and says what is wrong with it.
  }
}

function otherLayouts(layout: MaildropLayout): readonly MaildropLayout[] {
  const drops = [layout, withoutAlternatives(layout)];
  const named = drops.flatMap((each) => [each, { ...each, dropPrefix: !each.dropPrefix }]);
  return named.flatMap((each) => ([0, 1, 2] as const).map((hashSpool) => ({ ...each, hashSpool })));
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
