import { eventually } from "./eventually.ts";
import { freePort, listens } from "./free_port.ts";
import { findProgram } from "./peers.ts";
import { tempDir } from "./temp_dir.ts";

/** Postfix's smtp-sink: takes all mail and keeps it. Disposing it ends it and its files. */
export interface SmtpSink extends AsyncDisposable {
  readonly port: number;
  /** What was taken so far, each with the envelope in front: `X-Mail-Args`, `X-Rcpt-Args`. */
  messages(): Promise<string[]>;
}

/** Starts smtp-sink on `port`, by default a free one, with flags that say what it refuses. */
export async function startSmtpSink(
  port = freePort(),
  flags: readonly string[] = [],
): Promise<SmtpSink> {
  const dir = await tempDir();
  await Deno.chmod(dir.path, 0o777); // It gives up root.
  const child = new Deno.Command(findProgram("smtp-sink") ?? "smtp-sink", {
    args: [
      ...(Deno.uid() === 0 ? ["-u", "nobody"] : []),
      ...flags,
      ...["-d", `${dir.path}/%s.`, `127.0.0.1:${port}`, "100"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  await eventually("smtp-sink listens", () => listens(port));
  return {
    port,
    async messages() {
      const names = await Array.fromAsync(Deno.readDir(dir.path), ({ name }) => name);
      return await Promise.all(names.map((name) => Deno.readTextFile(`${dir.path}/${name}`)));
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await dir[Symbol.asyncDispose]();
    },
  };
}
