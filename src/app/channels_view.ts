import type { Channel } from "../servers/smtpd/mod.ts";
import { span, table } from "../formats/words.ts";

/** SMTP sessions as a table, for `tellsmtp showchans`. */
export function channelsTable(channels: readonly Channel[]): string {
  if (channels.length === 0) return "Nobody is connected";
  const rows = channels.map((channel) => [
    String(channel.id),
    channel.address,
    channel.name === channel.address ? "" : channel.name,
    channel.user ?? "",
    channel.door + (channel.secure && channel.door !== "smtps" ? ", TLS" : ""),
    span(channel.seconds * 1000),
    channel.state,
    String(channel.accepted),
    channel.sender === undefined ? "" : channel.sender || "<>",
  ]);
  return table([
    ["NO", "ADDRESS", "CALLED ITSELF", "USER", "DOOR", "OPEN", "STATE", "TAKEN", "SENDER"],
    ...rows,
  ]);
}
