import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { PERMISSIONS } from "../permissions.ts";
import { RUNTIME_FLAGS } from "../runtime_flags.ts";

/** What {@linkcode pack} made. */
export interface Packed {
  readonly sizeOctets: number;
  readonly programOctets: number;
  readonly runtimeOctets: number;
}

/** Where root unpacks if nobody says otherwise. */
const SHARED_CACHE = "/var/cache/dmail";

/** How many hexadecimal digits of a SHA-256 name a file in the cache. */
const ID_LENGTH = 16;

interface Part {
  readonly path: string;
  readonly id: string;
  readonly octets: number;
  readonly packedOctets: number;
}

/**
 * Writes one self-extracting executable for machines like this one: a shell script with the bundled
 * program and the Deno runtime behind it. Nothing is downloaded that is not in Deno's cache.
 *
 * @throws {Error} If the program cannot be bundled; the bundler's words are in the message.
 */
export async function pack(
  { entry, output, runtime = Deno.execPath(), sharedCache = SHARED_CACHE }: {
    readonly entry: string;
    readonly output: string;
    readonly runtime?: string;
    /** Where root unpacks for everybody. */
    readonly sharedCache?: string;
  },
): Promise<Packed> {
  const work = await Deno.makeTempDir({ prefix: "dmail-pack-" });
  try {
    const bundle = `${work}/program.js`;
    await bundleProgram(entry, bundle);
    const program = await compress(bundle, `${work}/program.gz`);
    const packedRuntime = await compress(runtime, `${work}/runtime.gz`);
    const stub = await Deno.readTextFile(new URL("./stub.sh", import.meta.url));
    const staged = `${output}.tmp`;
    await join(staged, [fillStub(stub, { program, runtime: packedRuntime, sharedCache })], [
      program,
      packedRuntime,
    ]);
    await Deno.chmod(staged, 0o755);
    await Deno.rename(staged, output);
    return {
      sizeOctets: (await Deno.stat(output)).size,
      programOctets: program.octets,
      runtimeOctets: packedRuntime.octets,
    };
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function bundleProgram(entry: string, output: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform", "deno", "-o", output, entry],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  throw new Error(`Cannot bundle ${entry}: ${new TextDecoder().decode(stderr).trim()}`);
}

async function compress(path: string, output: string): Promise<Part> {
  const hash = createHash("sha256");
  let octets = 0;
  using source = await Deno.open(path);
  async function* counted() {
    for await (const chunk of source.readable) {
      hash.update(chunk);
      octets += chunk.length;
      yield chunk;
    }
  }
  using target = await Deno.open(output, { write: true, createNew: true });
  let packedOctets = 0;
  for await (const chunk of Readable.from(counted()).pipe(createGzip({ level: 9 }))) {
    await writeAll(target, chunk);
    packedOctets += chunk.length;
  }
  return { path: output, id: hash.digest("hex").slice(0, ID_LENGTH), octets, packedOctets };
}

/** The stub tells where the parts begin, so its own length matters: fill until it fits itself. */
function fillStub(
  stub: string,
  { program, runtime, sharedCache }: {
    readonly program: Part;
    readonly runtime: Part;
    readonly sharedCache: string;
  },
): Uint8Array {
  let length = stub.length;
  while (true) {
    const values: Readonly<Record<string, string | number>> = {
      PROGRAM_ID: program.id,
      PROGRAM_OCTETS: program.octets,
      PROGRAM_AT: length + 1,
      PROGRAM_PACKED: program.packedOctets,
      RUNTIME_ID: runtime.id,
      RUNTIME_OCTETS: runtime.octets,
      RUNTIME_AT: length + program.packedOctets + 1,
      RUNTIME_PACKED: runtime.packedOctets,
      PERMISSIONS: PERMISSIONS.join(" "),
      RUNTIME_FLAGS: RUNTIME_FLAGS.join(" "),
      SHARED_CACHE: sharedCache,
    };
    const filled = stub.replaceAll(/@([A-Z_]+)@/g, (_, name: string) => String(values[name]));
    const bytes = new TextEncoder().encode(filled);
    if (bytes.length === length) return bytes;
    length = bytes.length;
  }
}

async function join(
  output: string,
  head: readonly Uint8Array[],
  parts: readonly Part[],
): Promise<void> {
  using target = await Deno.open(output, { write: true, create: true, truncate: true });
  for (const bytes of head) await writeAll(target, bytes);
  for (const { path } of parts) {
    using source = await Deno.open(path);
    for await (const chunk of source.readable) await writeAll(target, chunk);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}
