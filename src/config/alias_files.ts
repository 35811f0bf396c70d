import { type Alias, MAX_ALIAS_FILE_OCTETS, parseAliasFile } from "../formats/alias_file.ts";
import type { Files } from "../platform/mod.ts";
import type { Evaluation } from "./evaluate.ts";
import { readNamedFile } from "./named_file.ts";
import type { ConfigProblem } from "./problem.ts";

/** The alias files that the settings name (F7). */
export interface AliasFiles {
  readonly byPath: ReadonlyMap<string, readonly Alias[]>;
  /** Those of the lines that name them and of the files themselves. */
  readonly problems: readonly ConfigProblem[];
}

/** None: for a configuration that is no file either. */
export const NO_ALIAS_FILES: AliasFiles = { byPath: new Map(), problems: [] };

/** Reads the alias files, each once however many domains share it (002:236-240). */
export async function readAliasFiles(
  { values, origins }: Evaluation,
  files: Files,
): Promise<AliasFiles> {
  const paths = [
    {
      name: "alias_file" as const,
      paths: values.alias_file === undefined ? [] : [values.alias_file],
    },
    { name: "alias_file_domain" as const, paths: values.alias_file_domain.map(({ path }) => path) },
  ];
  const byPath = new Map<string, readonly Alias[]>();
  const problems: ConfigProblem[] = [];
  for (const setting of paths) {
    for (const [index, path] of setting.paths.entries()) {
      const line = origins.get(setting.name)?.[index];
      if (line === undefined || byPath.has(path)) continue;
      const found = await readNamedFile({ path, line, files, maxOctets: MAX_ALIAS_FILE_OCTETS });
      if (found.kind === "bad") {
        problems.push(found.problem);
      } else {
        const parsed = parseAliasFile(found.bytes);
        byPath.set(path, parsed.aliases);
        problems.push(...parsed.problems.map((problem) => ({ ...problem, file: path })));
      }
    }
  }
  return { byPath, problems };
}
