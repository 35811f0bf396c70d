import { type Config, loadConfig } from "../../../config/mod.ts";
import type { Endpoint } from "../../../platform/mod.ts";
import type { CommandCall } from "../../command.ts";
import { VERSION } from "../../version.ts";

/** Which appliance a command is for. */
export type Target =
  /** The one whose configuration this is, over its control socket. */
  | { readonly kind: "here" }
  /** The one whose manager's port this is. */
  | { readonly kind: "there"; readonly at: Endpoint }
  | { readonly kind: "unclear"; readonly complaint: string };

/** What `-n` and `-p` say. */
export type Given =
  | { readonly kind: "given"; readonly host: string | undefined; readonly port: number | undefined }
  | { readonly kind: "wrong"; readonly complaint: string };

/** Where the command line points to. */
export function givenPlace(call: Pick<CommandCall, "option">): Given {
  const [host, text] = [call.option("n"), call.option("p")];
  const port = text === undefined ? undefined : Number(text);
  const isPort = port === undefined || (/^\d{1,5}$/.test(text ?? "") && port > 0 && port < 65536);
  if (!isPort) return { kind: "wrong", complaint: `Write a port from 1 to 65535, not ${text}` };
  if (host !== undefined && !/^[\p{L}\p{N}_.:-]+$/u.test(host)) {
    return { kind: "wrong", complaint: `Write a name or an address behind -n, not ${host}` };
  }
  return { kind: "given", host, port };
}

/** Finds the appliance that is meant: by `-n` and `-p`, and for tellpop by dpop_host (S39). */
export async function findTarget(
  call: CommandCall,
  { usesDpopHost }: { readonly usesDpopHost: boolean },
): Promise<Target> {
  const given = givenPlace(call);
  if (given.kind === "wrong") return { kind: "unclear", complaint: given.complaint };
  if (given.host === undefined && given.port === undefined && !usesDpopHost) {
    return { kind: "here" };
  }
  const config = await configIfAny(call);
  const port = given.port ?? config?.value("manager_port");
  const host = given.host ?? (given.port === undefined ? otherHost(config, call) : "127.0.0.1");
  if (host === undefined) return { kind: "here" };
  if (port !== undefined && port !== 0) return { kind: "there", at: { host, port } };
  return given.host === undefined ? { kind: "here" } : {
    kind: "unclear",
    complaint: `Write -p and the manager_port of ${host}, or set manager_port here to the same`,
  };
}

/** The configuration, if there is one that can be used: who asks another machine may have none. */
async function configIfAny(
  { configPath, world: { files, machine } }: CommandCall,
): Promise<Config | undefined> {
  const result = await loadConfig({ path: configPath, files, machine, version: VERSION });
  return result.kind === "ok" ? result.config : undefined;
}

/** dpop_host, unless it is this machine. */
function otherHost(config: Config | undefined, { world }: CommandCall): string | undefined {
  const host = config?.value("dpop_host")?.host.toLowerCase();
  if (host === undefined || /^(?:localhost|127\..*|::1)$/.test(host)) return undefined;
  const own = [world.machine.hostname.toLowerCase(), ...world.machine.addresses()];
  return own.includes(host) ? undefined : host;
}
