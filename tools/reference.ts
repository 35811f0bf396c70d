/**
 * Writes conf/REFERENCE.md from the table of settings.
 *
 * Usage: deno task reference
 */
import { referenceText } from "../src/config/mod.ts";

await Deno.writeTextFile(new URL("../conf/REFERENCE.md", import.meta.url), referenceText());
