import { dropDirectories } from "../../store/mod.ts";
import { maildropLayout } from "../mapping/maildrops.ts";
import { withoutSlash } from "../mapping/paths.ts";
import type { Facts } from "./facts.ts";

/** What is in spool_dir is sent and removed: nothing else may be there. */
export function pickup({ values, report }: Facts): void {
  const { spool_dir: directory, work_path: work, drop_path: drop } = values;
  if (directory === undefined) return;
  const others: readonly (readonly [string, string | undefined])[] = [
    ["work_path", work],
    ["the queue", work && `${withoutSlash(work)}/queue`],
    ["drop_path", drop],
    ["bin_path", values.bin_path],
    ["log_path", values.log_path],
    ["dsmtp_path", values.dsmtp_path],
    ["nwauth_path", values.nwauth_path],
    ...drop === undefined
      ? []
      : dropDirectories(maildropLayout(values, [])).map((path) =>
        ["a directory of drop files", path] as const
      ),
  ];
  const same = others.find(([, path]) => path !== undefined && plain(path) === plain(directory));
  if (same === undefined) return;
  report(
    "error",
    "spool_dir",
    `spool_dir ${directory} is ${same[0]} already, and what is in spool_dir is sent and removed: ` +
      "write a directory of its own",
  );
}

/** However many slashes there are, of either kind. */
function plain(path: string): string {
  return withoutSlash(path).replaceAll(/(?:[\\/]\.?(?=[\\/]))*[\\/]/g, "/");
}
