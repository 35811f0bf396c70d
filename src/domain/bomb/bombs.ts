import { preceded } from "../../formats/chunk_source.ts";
import { matchesAnyIp } from "../../formats/ip_list.ts";
import { readStart } from "../../formats/read_start.ts";
import { matchesAnyWildcard } from "../../formats/wildcard.ts";
import type { Clock, Files, Log } from "../../platform/mod.ts";
import { Counts } from "./counts.ts";
import { keep } from "./evidence.ts";
import { COMPARED_OCTETS, fingerprintOf } from "./fingerprint.ts";
import type { BombOptions, Bombs, SuspectMessage } from "./mod.ts";

/** How many copies of one bomb are kept. */
const KEPT_COPIES = 3;

/** What counting mail bombs needs. */
export interface BombDependencies {
  /** Those of now; the counts stay when they change. */
  readonly options: () => BombOptions;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** Counts equal messages from now on; at a new start all is forgotten. */
export function createBombs({ options, files, clock, log }: BombDependencies): Bombs {
  const counts = new Counts();

  async function note(
    { message, fingerprint, copy }: {
      readonly message: SuspectMessage;
      readonly fingerprint: string;
      readonly copy: number;
    },
  ): Promise<void> {
    const { sender, address } = message;
    const about = { from: sender, client: address, fingerprint: fingerprint.slice(0, 8) };
    if (copy === 1) log.warn("Suspected a mail bomb, refusing more of it for now", about);
    else log.debug("Refused one more of a mail bomb", { ...about, copy });
    if (copy > KEPT_COPIES) return;
    try {
      const { directory } = options();
      const whole = preceded(message.header.bytes, message.header.rest);
      const evidence = { fingerprint, copy, about: linesAbout(message), message: whole };
      const path = await keep(evidence, { directory, files, clock });
      log.debug("Kept a suspected mail bomb", { ...about, path });
    } catch (error) {
      log.warn("Cannot keep a suspected mail bomb", { ...about, reason: String(error) });
    }
  }

  return {
    async judge(message) {
      const limits = options();
      const { header } = message;
      if (isExcepted(message, limits)) return { kind: "unsuspected", message: header };
      const { start, all } = await readStart(header.rest, COMPARED_OCTETS);
      const { sender } = message;
      const fingerprint = fingerprintOf({ sender, fields: header.fields, start });
      const count = counts.add(fingerprint, clock.monotonic(), limits);
      const read = { ...header, rest: all };
      if (count.kind === "taken") return { kind: "unsuspected", message: read };
      await note({ message: { ...message, header: read }, fingerprint, copy: count.copies });
      return { kind: "suspected" };
    },
  };
}

function isExcepted(
  { sender, recipients, address }: SuspectMessage,
  { max, exceptFrom, exceptTo, exceptIp }: BombOptions,
): boolean {
  return max === 0 || matchesAnyIp(exceptIp, address) || matchesAnyWildcard(exceptFrom, sender) ||
    recipients.every((recipient) => matchesAnyWildcard(exceptTo, recipient));
}

/** In the form of header lines: the file can be read as a message. */
function linesAbout({ sender, recipients, address }: SuspectMessage): readonly string[] {
  const [first = "", ...others] = recipients;
  return [
    `X-Envelope-From: <${sender}>`,
    `X-Envelope-To: <${first}>${others.length > 0 ? ` and ${others.length} more` : ""}`,
    `X-Client: ${address}`,
  ];
}
