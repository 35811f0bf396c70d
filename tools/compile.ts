/**
 * Builds `dist/dmail` with `deno compile`: for this machine, for one other target, or for all.
 * The runtime base of a target is downloaded from Deno's release server the first time.
 *
 * Usage: deno task compile [--target TARGET | --all]
 */
import { PERMISSIONS } from "./permissions.ts";
import { RUNTIME_FLAGS } from "./runtime_flags.ts";

/** What `deno compile` can build for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-pc-windows-msvc",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
];

/** What the arguments ask for; no target means this machine. */
export type Request =
  | { readonly kind: "build"; readonly targets: readonly (string | undefined)[] }
  | { readonly kind: "usage"; readonly problem: string };

/** Reads the arguments of `deno task compile`. */
export function parseRequest(args: readonly string[]): Request {
  const [option, value, ...rest] = args.flatMap((arg) => arg.split(/=(.*)/s).slice(0, 2));
  if (option === undefined) return { kind: "build", targets: [undefined] };
  if (option === "--all" && value === undefined) return { kind: "build", targets: TARGETS };
  if (option === "--target" && value !== undefined && rest.length === 0) {
    if (TARGETS.includes(value)) return { kind: "build", targets: [value] };
    return { kind: "usage", problem: `Unknown target ${value}, expected ${TARGETS.join(", ")}` };
  }
  return { kind: "usage", problem: "Usage: deno task compile [--target TARGET | --all]" };
}

/** Where the executable for a target goes. */
export function outputFor(target: string | undefined, os: string = Deno.build.os): string {
  const windows = target === undefined ? os === "windows" : target.includes("windows");
  return `dist/dmail${target === undefined ? "" : `-${target}`}${windows ? ".exe" : ""}`;
}

/** Says what went wrong, and what to do where the runtime base cannot be had. */
export function explainFailure(target: string | undefined, stderr: string): string {
  const text = stderr.trim();
  if (!/denort|dl\.deno\.land|error sending request|dns error|download/i.test(text)) return text;
  const base = target === undefined ? "for this machine" : `for ${target}`;
  return `${text}\nCannot download the runtime base ${base} from Deno's release server; ` +
    "use deno task pack to build for this machine without it";
}

async function compile(target: string | undefined): Promise<boolean> {
  const output = outputFor(target);
  // deno compile refuses to replace a file it has not made itself, such as a packed one.
  const staged = output.replace("dist/", "dist/.new/");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      ...RUNTIME_FLAGS,
      ...PERMISSIONS,
      ...(target === undefined ? [] : ["--target", target]),
      "--output",
      staged,
      "main.ts",
    ],
    stdout: "inherit",
    stderr: "piped",
  }).output();
  if (success) {
    await Deno.rename(staged, output);
    const { size } = await Deno.stat(output);
    console.log(`${output}: ${(size / 1024 / 1024).toFixed(1)} MiB, built by deno compile`);
  } else {
    console.error(explainFailure(target, new TextDecoder().decode(stderr)));
  }
  return success;
}

async function main(args: readonly string[]): Promise<number> {
  const request = parseRequest(args);
  if (request.kind === "usage") {
    console.error(request.problem);
    return 2;
  }
  await Deno.mkdir("dist/.new", { recursive: true });
  for (const target of request.targets) {
    if (!await compile(target)) return 1;
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
