/**
 * Real programs to test against. The test command installs them; where one is missing all the
 * same, its tests are skipped and the run says so in its last lines.
 *
 * @module
 */

/** Where programs are whose packages cannot be installed beside others. */
export const UNPACKED_PEERS = "/var/cache/dmail-peers";

const SEARCH_PATH = (Deno.env.get("PATH") ?? "").split(":")
  .concat("/usr/sbin", "/usr/bin", UNPACKED_PEERS);

/** The path of a program, or `undefined` if it is not installed. */
export function findProgram(name: string): string | undefined {
  for (const directory of SEARCH_PATH) {
    try {
      if (Deno.statSync(`${directory}/${name}`).isFile) return `${directory}/${name}`;
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/** Whether all of `names` are installed; says loudly what is missing. */
export function installed(...names: string[]): boolean {
  const missing = names.filter((name) => findProgram(name) === undefined);
  for (const name of missing) {
    console.error(`MISSING PEER: ${name} is not installed; its tests are skipped`);
  }
  return missing.length === 0;
}

/** Runs a program to its end. */
export async function run(
  program: string,
  args: readonly string[],
  options: { stdin?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = new Deno.Command(findProgram(program) ?? program, {
    args: [...args],
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}
