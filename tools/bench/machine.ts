import { findProgram, run } from "../../tests/support/peers.ts";

/** The machine of a run, without names: what a reader needs to compare. */
export async function describeMachine(): Promise<string[]> {
  const cpu = /^model name\s*:\s*(.+)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1];
  const gibibytes = Deno.systemMemoryInfo().total / 2 ** 30;
  return [
    `${navigator.hardwareConcurrency} cores (${cpu ?? "unknown"}), ${gibibytes.toFixed(1)} GiB`,
    `Linux ${Deno.osRelease()}`,
    `Disk: ${await describeDisk()}`,
  ];
}

/** The versions of what was measured. */
export async function describeVersions(): Promise<string[]> {
  const postfix = await firstLine("postconf", ["-d", "-h", "mail_version"]);
  const dovecot = await firstLine("dovecot", ["--version"]);
  return [
    `Deno ${Deno.version.deno} (V8 ${Deno.version.v8})`,
    `Postfix ${postfix}`,
    `Dovecot ${dovecot}`,
  ];
}

/** Benchmarks write where temporary files go. */
async function describeDisk(): Promise<string> {
  const directory = Deno.env.get("TMPDIR") ?? "/tmp";
  const { stdout } = await run("df", ["--output=source,fstype", directory]);
  const [source, type] = (stdout.trim().split("\n").at(-1) ?? "").split(/\s+/);
  return `${type} on ${source}`;
}

async function firstLine(program: string, args: readonly string[]): Promise<string> {
  if (findProgram(program) === undefined) return "(not installed)";
  return (await run(program, args)).stdout.split("\n")[0] ?? "";
}
