import { parsePasswd } from "../../formats/passwd.ts";
import type { Files } from "../../platform/mod.ts";
import type { Evaluation } from "../evaluate.ts";
import type { ConfigProblem } from "../problem.ts";
import type { SettingName } from "../settings/all.ts";

/** Larger files are no list of a machine's own users. */
const MAX_OCTETS = 4 * 1024 * 1024;

/** What robots would find missing on this machine when mail comes. */
export async function robotProblems(
  { values, origins }: Evaluation,
  { files, os }: {
    readonly files: Pick<Files, "readAll" | "stat">;
    readonly os: "unix" | "windows";
  },
): Promise<readonly ConfigProblem[]> {
  const problems: ConfigProblem[] = [];
  const report = (
    severity: ConfigProblem["severity"],
    name: SettingName,
    message: string,
    index = 0,
  ) => {
    const place = origins.get(name)?.[index];
    if (place === undefined) return;
    problems.push({ severity, file: place.file, line: place.line, message: `${name}: ${message}` });
  };
  const { robot_defaultuser: who, domain_chroot: roots } = values;
  if (os === "windows") {
    if (who?.kind === "user") report("warning", "robot_defaultuser", WINDOWS);
    if (roots.length > 0) report("warning", "domain_chroot", WINDOWS);
    return problems;
  }
  if (who?.kind === "user") {
    const found = await findUser(who.user, files);
    if (found === "root") {
      report("error", "robot_defaultuser", `${who.user} is root, and robots never run as root`);
    } else if (found === "unknown") {
      const usage = 'write one without privileges, as in "nobody", or mail for robots has to wait';
      report("warning", "robot_defaultuser", `there is no user ${who.user}; ${usage}`);
    }
  }
  for (const [index, { path }] of roots.entries()) {
    const info = await files.stat(path).catch(() => undefined);
    if (info?.kind === "directory") continue;
    const usage = "make it, with the robots in it, or their mail is returned";
    report("warning", "domain_chroot", `there is no directory ${path}; ${usage}`, index);
  }
  return problems;
}

const WINDOWS = "this version cannot do that on Windows, and returns the mail for such robots";

/** A number need not be anybody's. Where the list cannot be read nothing is known to be wrong. */
async function findUser(
  who: string,
  files: Pick<Files, "readAll">,
): Promise<"root" | "other" | "unknown"> {
  if (/^\d+$/.test(who)) return Number(who) === 0 ? "root" : "other";
  const bytes = await files.readAll("/etc/passwd", MAX_OCTETS).catch(() => undefined);
  if (bytes === undefined) return "other";
  const users = parsePasswd(new TextDecoder().decode(bytes));
  const found = users.find(({ name }) => name === who);
  return found === undefined ? "unknown" : found.uid === 0 ? "root" : "other";
}
