import { run } from "./peers.ts";

/** A root directory below `directory`, with these programs and the libraries they need. */
export async function smallRoot(directory: string, ...programs: string[]): Promise<string> {
  const root = `${directory}/root`;
  await Deno.mkdir(`${root}/bin`, { recursive: true });
  for (const program of programs) {
    await Deno.copyFile(`/bin/${program}`, `${root}/bin/${program}`);
    const { stdout } = await run("ldd", [`/bin/${program}`]);
    for (const [library] of stdout.matchAll(/\/\S+\.so\S*/g)) {
      await Deno.mkdir(root + library.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.copyFile(library, root + library);
    }
  }
  await Deno.chmod(directory, 0o755);
  return root;
}
