import { layoutComplaints } from "../../store/mod.ts";
import { maildropLayout } from "../mapping/maildrops.ts";
import type { Facts } from "./facts.ts";

/** No two users may have one drop file. */
export function maildrops({ values, report }: Facts): void {
  if (values.drop_path === undefined) return;
  for (const { kind, text, index } of layoutComplaints(maildropLayout(values, []))) {
    const name = index === undefined ? "hash_spool" : "vdomain";
    report(kind === "mixed" ? "error" : "warning", name, `${name}: ${text}`, index);
  }
}
