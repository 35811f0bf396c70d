import type { MessageFilters } from "../../domain/filter/mod.ts";
import type { Envelope } from "../../formats/envelope.ts";
import { transformed } from "../../formats/byte_transform.ts";
import { preceded } from "../../formats/chunk_source.ts";
import { formatDateTime } from "../../formats/date.ts";
import {
  type HeaderBlock,
  MAX_HEADER_OCTETS,
  readHeader,
  withoutFields,
  withoutFromLine,
} from "../../formats/header.ts";
import { addressesIn, recipientsNamed, senderNamed } from "../../formats/header_envelope.ts";
import { LineEndNormaliser } from "../../formats/line_ends.ts";
import { missingFields } from "../../formats/missing_fields.ts";
import type { Chunks } from "../../platform/mod.ts";
import type { PickupOptions } from "./mod.ts";

/** What stands in a file for us alone: the envelope of CDONTS and its kind, and blind copies. */
export const ENVELOPE_FIELDS: readonly string[] = ["X-Sender", "X-Receiver", "Bcc", "Resent-Bcc"];

/** A message as it was found in a file. */
export interface FoundMessage {
  readonly envelope: Envelope;
  /** Lines to put before it. */
  readonly trace: (id: string, nowMs: number) => string;
  /** The message without what was for us, every line with CRLF. */
  readonly body: AsyncIterable<Uint8Array>;
  /** False if the header is longer than what is looked at: it may name more recipients. */
  readonly complete: boolean;
}

/**
 * Reads a message file: a message as RFC 5322 has it, with any line ends. `X-Receiver:` lines name the
 * recipients, as CDONTS and IIS write them; without such lines To, Cc and Bcc do. The sender is named
 * by `X-Sender:`, else by Return-Path, Sender or From.
 *
 * @throws What `file` throws, and a {@linkcode RefusedByRule}; so does reading the body.
 */
export async function readFound(
  file: Chunks,
  { filters, ...options }: Pick<PickupOptions, "hostname" | "timezone"> & {
    readonly filters: Pick<MessageFilters, "screened">;
  },
): Promise<FoundMessage> {
  const header = await screened(
    await readHeader(transformed(file, new LineEndNormaliser())),
    filters,
  );
  const named = addressesIn(header.fields, ["X-Receiver"]);
  const recipients = named.length > 0 ? named : recipientsNamed(header.fields);
  const sender = senderNamed(header.fields);
  const addresses = recipients.map((name) =>
    name.includes("@") ? name : `${name}@${options.hostname}`
  );
  const smtpUtf8 = [sender, ...addresses].some((address) => /[^\0-\x7f]/.test(address));
  return {
    envelope: {
      sender,
      recipients: addresses.map((address) => ({ address })),
      ...(smtpUtf8 ? { smtpUtf8 } : {}),
    },
    trace: (id, nowMs) => traceLines(header, { ...options, id, nowMs }),
    body: bodyOf(header),
    complete: header.bytes.length < MAX_HEADER_OCTETS,
  };
}

/** Lets go of the file when it is refused by its header. */
async function screened(
  header: HeaderBlock,
  filters: Pick<MessageFilters, "screened">,
): Promise<HeaderBlock> {
  try {
    return filters.screened(header);
  } catch (error) {
    for await (const _rest of header.rest) break;
    throw error;
  }
}

function traceLines(
  header: HeaderBlock,
  { id, hostname, nowMs, timezone }: {
    readonly id: string;
    readonly hostname: string;
    readonly nowMs: number;
    readonly timezone: string;
  },
): string {
  const date = formatDateTime(nowMs, { zoneText: timezone });
  const received = `Received: by ${hostname} (picked up from a file) id ${id}; ${date}`;
  return [received, ...missingFields(header, { date, id, hostname })]
    .map((line) => line + "\r\n").join("");
}

function bodyOf({ bytes, rest }: HeaderBlock): AsyncIterable<Uint8Array> {
  return preceded(withoutFields(withoutFromLine(bytes), ENVELOPE_FIELDS), rest);
}
