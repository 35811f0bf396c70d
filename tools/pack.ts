/**
 * Builds the single file `dist/dmail` with what npm already delivered: a self-extracting executable
 * of the Deno runtime and the bundled program, for machines like this one.
 *
 * Usage: deno task pack [ENTRY [OUTPUT]]
 */
import { pack } from "./pack/pack.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(
  [entry = "main.ts", output = "dist/dmail"]: readonly string[],
): Promise<number> {
  if (Deno.build.os === "windows") {
    console.error("Cannot pack for Windows, which has no /bin/sh; use deno task compile");
    return 1;
  }
  try {
    await Deno.mkdir("dist", { recursive: true });
    const { sizeOctets, programOctets, runtimeOctets } = await pack({ entry, output });
    console.log(
      `${output}: ${
        mebibytes(sizeOctets)
      }, packed by tools/pack.ts with Deno ${Deno.version.deno} ` +
        `for ${Deno.build.target} (runtime ${mebibytes(runtimeOctets)}, program ` +
        `${mebibytes(programOctets)}; unpacked once into a cache)`,
    );
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function mebibytes(octets: number): string {
  return `${(octets / 1024 / 1024).toFixed(1)} MiB`;
}
