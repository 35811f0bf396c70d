import { type Config, formatProblem, loadConfig } from "../../../config/mod.ts";
import { type Endpoint, reasonInWords } from "../../../platform/mod.ts";
import { type CommandCall, EXIT } from "../../command.ts";
import { reachableHost } from "../../own_addresses.ts";
import { playScript } from "../../script_player.ts";
import { VERSION } from "../../version.ts";
import { askRunning, why } from "../running.ts";
import { givenPlace } from "./target.ts";

/** Longest script, in octets: it may hold a whole message. */
const MAX_SCRIPT_OCTETS = 64 * 1024 * 1024;

/** Where SMTP is if nobody says (S8). */
const SMTP_PORT = 25;

/** Whether a word is the name of a script (F12) and not of a command. */
export function isScript(word: string): boolean {
  return /\.msc$/i.test(word);
}

/** Plays a script against the SMTP server and shows the dialogue (C15). */
export async function play(call: CommandCall, path: string): Promise<number> {
  const { clock, files, net, signals, terminal } = call.world;
  const failed = (text: string) => {
    terminal.error(`dmail tellsmtp: ${text}`);
    return EXIT.failed;
  };
  let script;
  try {
    script = await files.readAll(path, MAX_SCRIPT_OCTETS);
  } catch (error) {
    return failed(`Cannot read ${path}: ${reasonInWords(error)}`);
  }
  if (script === undefined) return failed(`There is no file ${path}`);
  const target = await smtpServer(call);
  if (target === undefined) return EXIT.failed;
  const line = (text: string) => terminal.line(text);
  const result = await playScript({ script, target }, { net, clock, line }, signals.stop);
  return result.kind === "played" ? EXIT.done : failed(result.reason);
}

/** The server that is meant; `undefined` after saying why it cannot be found. */
async function smtpServer(call: CommandCall): Promise<Endpoint | undefined> {
  const { files, machine, terminal } = call.world;
  const given = givenPlace(call);
  if (given.kind === "wrong") {
    terminal.error(`dmail tellsmtp: ${given.complaint}`);
    return undefined;
  }
  const { host, port } = given;
  if (host !== undefined) return { host, port: port ?? SMTP_PORT };
  if (port !== undefined) return { host: "127.0.0.1", port };
  const path = call.configPath;
  const result = await loadConfig({ path, files, machine, version: VERSION });
  if (result.kind === "ok") return await ownServer(call, result.config);
  for (const problem of result.problems) terminal.error(formatProblem(problem));
  return undefined;
}

async function ownServer(call: CommandCall, config: Config): Promise<Endpoint | undefined> {
  const [first] = config.listen.smtp;
  if (first === undefined) return { host: "127.0.0.1", port: SMTP_PORT };
  if (first.port !== 0) return { host: reachableHost(first.host), port: first.port };
  // Only the server itself knows which free port it took.
  let port: number | undefined;
  const { work } = config.paths;
  const answer = await askRunning(call, work, {
    command: "listening",
    args: [],
    event: (event) => port = smtpPortIn((event as { at: readonly string[] }).at),
  });
  if (answer.kind === "answered" && port !== undefined) {
    return { host: reachableHost(first.host), port };
  }
  const reason = answer.kind === "answered" ? "It does not listen for SMTP" : why(answer, work);
  call.world.terminal.error(`dmail tellsmtp: ${reason}`);
  return undefined;
}

function smtpPortIn(listening: readonly string[]): number | undefined {
  const at = listening.find((one) => one.startsWith("smtp "));
  return at === undefined ? undefined : Number(at.slice(at.lastIndexOf(":") + 1));
}
