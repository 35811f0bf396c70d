import { transformed } from "../../formats/byte_transform.ts";
import type { HeaderBlock } from "../../formats/header.ts";
import { FooterTransform } from "./footer_transform.ts";
import { contentOf } from "./text_part.ts";

/** A message with a footer where it can have one; else the message as it is. */
export function withFooter(message: HeaderBlock, footer: string): HeaderBlock {
  const content = contentOf(message.fields);
  if (content.kind === "other" || !message.complete) return message;
  return { ...message, rest: transformed(message.rest, new FooterTransform(content, footer)) };
}
