import { LocalTime, type Moment } from "../../../../../src/servers/httpd/views/moment.ts";
import { SAMPLE_TIME_MS } from "../../../../support/status_source.ts";

/** The moment at which the sample snapshots were taken, in Oslo (one hour ahead of UTC). */
export const MOMENT: Moment = { nowMs: SAMPLE_TIME_MS, local: new LocalTime("Europe/Oslo") };

/** What a reader sees of a fragment: its text, without tags, on one line. */
export function textOf(fragment: unknown): string {
  return String(fragment)
    .replaceAll(/<(?:br|\/?(?:div|dt|dd|li|td|th|tr|p|h2|h3|ul|ol|caption))\b[^>]*>/g, " ")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .trim();
}
