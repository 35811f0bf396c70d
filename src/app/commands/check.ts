import type { Config } from "../../config/mod.ts";
import { count } from "../../formats/words.ts";
import { type Command, EXIT } from "../command.ts";
import { complaintAbout, directoriesOf } from "../directories.ts";
import type { World } from "../world.ts";
import { configured } from "./configured.ts";

/** `dmail check`: every problem of the configuration, with file and line. */
export const check: Command = {
  name: "check",
  summary: "read the configuration and report every problem",
  help: `Usage: dmail check [-i FILE]

Reads the configuration as "serve" would and reports every problem as
FILE:LINE: what was found, and what to write. Looks too whether the directories,
the commands of the line and the programs that get mail are there. Ends with 0
if the configuration can be used; warnings do not count.`,
  flags: [],
  options: [],
  maxWords: 0,
  usesConfig: true,

  async run(call) {
    const { terminal } = call.world;
    const usable = await configured(call);
    if (usable === undefined) return EXIT.failed;
    const here = await problemsHere(usable.config, call.world);
    for (const problem of here) terminal.error(`${call.configPath}: warning: ${problem}`);
    const total = usable.problems.length + here.length;
    const verdict = total === 0 ? "no problems" : `can be used, ${count(total, "warning")}`;
    terminal.line(`${call.configPath}: ${verdict}`);
    return EXIT.done;
  },
};

/** What names a program, and the command it names. */
type SettingAndCommand = readonly [from: string, command: string];

/** What cannot work on this machine, whatever the file says. */
async function problemsHere(config: Config, { files }: Pick<World, "files">): Promise<string[]> {
  const problems: string[] = [];
  for (const [setting, path] of directoriesOf(config)) {
    const complaint = await complaintAbout(files, path);
    if (complaint !== undefined) problems.push(`${setting} ${path}: ${complaint}`);
  }
  const { directory: spoolDir } = config.pickup;
  if (spoolDir !== undefined && (await files.stat(spoolDir))?.kind !== "directory") {
    problems.push(`spool_dir ${spoolDir}: there is no such directory`);
  }
  for (const [setting, command] of [...commandsOfTheLine(config), ...robots(config)]) {
    const program = /^"?([^\s"]+)/.exec(command)?.[1] ?? "";
    const isThere = !program.startsWith("/") || (await files.stat(program))?.kind === "file";
    if (!isThere) problems.push(`${setting}: there is no program ${program}`);
  }
  return [...new Set(problems)];
}

function commandsOfTheLine({ link: { dialer: { up, down, check } } }: Config): SettingAndCommand[] {
  return [["link_up", up ?? ""], ["link_down", down ?? ""], ["link_check", check ?? ""]];
}

/** The programs that rules give mail to; with domain_chroot their paths begin elsewhere. */
function robots(config: Config): SettingAndCommand[] {
  if (config.value("domain_chroot").length > 0) return [];
  const { forward, forwardCc, alias, aliasFile, aliasFilesOfDomains } = config.forwarding;
  const files = [...aliasFile ? [aliasFile] : [], ...aliasFilesOfDomains.map(({ file }) => file)];
  const lists = [
    ...forward.map(({ targets }) => ["forward", targets] as const),
    ...forwardCc.map(({ targets }) => ["forward_cc", targets] as const),
    ...alias.map(({ targets }) => ["alias", targets] as const),
    ...files.flatMap(({ path, aliases }) => aliases.map(({ targets }) => [path, targets] as const)),
  ];
  return lists.flatMap(([from, targets]) =>
    targets.flatMap((target): SettingAndCommand[] =>
      target.kind === "robot" ? [[from, target.command]] : []
    )
  );
}
