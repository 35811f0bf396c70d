import { concatenated } from "./byte_transform.ts";
import { fieldsNamed, type HeaderBlock } from "./header.ts";

/** A message without its header fields of that name, whatever their case; all else is as it was. */
export function withoutFields(message: HeaderBlock, name: string): HeaderBlock {
  const removed = new Set(fieldsNamed(message.fields, name));
  if (removed.size === 0) return message;
  const kept: Uint8Array[] = [];
  let at = 0;
  for (const { raw } of removed) {
    const start = raw.byteOffset - message.bytes.byteOffset; // A view of the same octets.
    kept.push(message.bytes.subarray(at, start));
    at = start + raw.length;
  }
  return {
    ...message,
    fields: message.fields.filter((field) => !removed.has(field)),
    bytes: concatenated([...kept, message.bytes.subarray(at)]),
  };
}
