import { type Files, readTlsFiles } from "../../platform/mod.ts";
import type { Evaluation } from "../evaluate.ts";
import type { ConfigProblem } from "../problem.ts";

/**
 * Looks into the files that tls_cert and tls_key name. An error now, and not silence at the first
 * client: then no server would start, or a reload would take TLS away.
 */
export async function certificateProblems(
  { values, origins }: Evaluation,
  { files, isPublic }: {
    readonly files: Pick<Files, "readAll">;
    readonly isPublic: (path: string) => Promise<boolean>;
  },
): Promise<readonly ConfigProblem[]> {
  const { tls_cert: cert, tls_key: key } = values;
  if (cert === undefined || key === undefined) return [];
  const problem = (
    severity: ConfigProblem["severity"],
    name: "tls_cert" | "tls_key",
    message: string,
  ): readonly ConfigProblem[] => {
    const [place] = origins.get(name) ?? [];
    return place === undefined
      ? []
      : [{ severity, file: place.file, line: place.line, message: `${name}: ${message}` }];
  };
  const result = await readTlsFiles({ cert, key }, files);
  if (result.kind !== "read") {
    const kind = result.part === "cert" ? "certificate" : "private key";
    return problem("error", `tls_${result.part}`, `${result.reason}: name a PEM file, a ${kind}`);
  }
  if (!await isPublic(key)) return [];
  const advice = `take that right away, as in "chmod o-r ${key}"`;
  return problem("warning", "tls_key", `everybody on this machine may read it: ${advice}`);
}
