/** The days of the week as mail writes them (RFC 5322 section 3.3), and ctime() too. */
export const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** The months as mail writes them (RFC 5322 section 3.3), and ctime() too. */
export const MONTHS = [
  ["Jan", "Feb", "Mar", "Apr", "May", "Jun"],
  ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
].flat();

/** How {@linkcode formatDateTime} names the zone. */
export interface DateTimeOptions {
  /** Stands after the time instead of the zone; the time itself stays as it is (S13). */
  readonly zoneText?: string;
  /** Minutes east of UTC; the zone of this machine at that moment if left out. */
  readonly offsetMinutes?: number;
}

/**
 * Writes a moment as mail headers do: `Mon, 1 Jan 2024 09:05:00 +0100` (RFC 5322 section 3.3).
 *
 * @param epochMs Milliseconds since the Unix epoch; the fraction of a second is dropped.
 */
export function formatDateTime(
  epochMs: number,
  { zoneText = "", offsetMinutes = -new Date(epochMs).getTimezoneOffset() }: DateTimeOptions = {},
): string {
  // Shifted, so that the UTC getters read the clock on the wall of that zone.
  const wall = new Date(epochMs + offsetMinutes * 60_000);
  const date = [
    `${DAYS[wall.getUTCDay()]},`,
    wall.getUTCDate(),
    MONTHS[wall.getUTCMonth()],
    String(wall.getUTCFullYear()).padStart(4, "0"),
  ].join(" ");
  const time = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds()].map(twoDigits);
  return `${date} ${time.join(":")} ${zoneText.trim() || formatOffset(offsetMinutes)}`;
}

function formatOffset(offsetMinutes: number): string {
  // Zones of the 19th century had seconds, which the form has no place for.
  const minutes = Math.round(Math.abs(offsetMinutes));
  const sign = offsetMinutes < 0 ? "-" : "+";
  return sign + twoDigits(Math.floor(minutes / 60)) + twoDigits(minutes % 60);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
