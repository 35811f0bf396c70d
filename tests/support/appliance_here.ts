import { Appliance } from "../../src/app/appliance.ts";
import { VERSION } from "../../src/app/version.ts";
import type { World } from "../../src/app/world.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { configurationOf } from "./config_text.ts";
import { tempDir } from "./temp_dir.ts";
import { testWorld } from "./world.ts";

/** The whole appliance, running in the process of the test. */
export interface ApplianceHere extends AsyncDisposable {
  readonly appliance: Appliance;
  readonly directory: string;
  readonly configPath: string;
  port(listener: "smtp" | "submission" | "smtps" | "odmr" | "pop3" | "manager"): number;
  /** Makes users of the built-in database; their password is their name. */
  addUsers(...names: readonly string[]): Promise<void>;
  /** Writes the configuration anew: the usual settings and these, which win over those. */
  write(...settings: readonly string[]): Promise<void>;
  /** {@linkcode write}, and takes it. */
  reload(...settings: readonly string[]): Promise<void>;
}

/** Starts an appliance for office.example on free ports of 127.0.0.1, with more settings. */
export function applianceHere(...settings: readonly string[]): Promise<ApplianceHere> {
  return applianceIn(testWorld(), ...settings);
}

/** {@linkcode applianceHere}, in a world of the test's own. */
export async function applianceIn(
  world: World,
  ...settings: readonly string[]
): Promise<ApplianceHere> {
  await using open = new AsyncDisposableStack();
  const dir = open.use(await tempDir());
  const configPath = `${dir.path}/dmail.conf`;
  const write = (...lines: readonly string[]) =>
    Deno.writeTextFile(configPath, configurationOf(usualSettings(dir.path), lines), {
      mode: 0o600,
    });
  await write(...settings);
  const { files, machine } = world;
  const result = await loadConfig({ path: configPath, files, machine, version: VERSION });
  if (result.kind === "bad") throw new Error(JSON.stringify(result.problems));
  const started = await Appliance.start({ ...result, listens: true, world });
  if (started.kind !== "started") throw new Error(started.kind);
  const appliance = open.use(started.appliance);
  const owned = open.move();
  return {
    ...{ appliance, directory: dir.path, configPath, write },
    port: (listener) =>
      Number(appliance.listening.find((at) => at.startsWith(`${listener} `))?.split(":").at(-1)),
    async addUsers(...names) {
      for (const name of names) await appliance.core.users.addUser(name, name);
    },
    async reload(...settings) {
      await write(...settings);
      const { kind, problems } = await appliance.reload();
      if (kind !== "reloaded") throw new Error(problems.join("\n"));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function usualSettings(directory: string): readonly string[] {
  return [
    "host_domain office.example",
    "bind_ip 127.0.0.1",
    "smtp_port 0",
    "pop_port 0",
    "authent_method nwauth",
    `work_path ${directory}/work`,
    `drop_path ${directory}/drop`,
    "gateway * 127.0.0.1:9",
  ];
}
