/** Writes an executable script for `/bin/sh` and returns its path; everybody may run it. */
export async function script(directory: string, name: string, ...lines: string[]): Promise<string> {
  const path = `${directory}/${name}`;
  await Deno.writeTextFile(path, ["#!/bin/sh", ...lines, ""].join("\n"));
  await Deno.chmod(path, 0o755);
  await Deno.chmod(directory, 0o755);
  return path;
}

/** Resolves when the file has a whole line, which some other process writes; watches, never waits. */
export async function lineOf(path: string): Promise<string> {
  using watcher = Deno.watchFs(path.replace(/[^/]*$/, ""));
  const read = async () => await Deno.readTextFile(path).catch(() => "");
  for (let text = await read();; text = await read()) {
    if (text.endsWith("\n")) return text.trim();
    await watcher[Symbol.asyncIterator]().next();
  }
}

/** Whether a process is there and not just waiting to be collected. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z");
  return !/\) Z/.test(stat);
}

/** Whether a process is gone; the kernel may take a moment to end one that was killed. */
export async function isGone(pid: number): Promise<boolean> {
  for (let look = 0; look < 10_000; look++) {
    if (!await isAlive(pid)) return true;
  }
  return false;
}
