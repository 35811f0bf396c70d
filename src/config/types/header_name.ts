import type { ValueType } from "../setting.ts";

/** Fields with a meaning of their own (RFC 5322 section 3.6), which every message needs. */
const TAKEN =
  /^(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|received|return-path|mime-version|content-.*|resent-.*|list-.*|dkim-signature|arc-.*)$/i;

/** A header for a purpose of our own, which takes the place of any other of its name. */
export const ownHeaderName: ValueType<string> = {
  syntax: "<header>",
  comments: "strip",
  parse(text) {
    const name = text.replace(/:$/, "");
    if (!/^[a-z][a-z\d-]{0,60}$/i.test(name) || TAKEN.test(name)) {
      throw new SyntaxError("write a header of its own, as in X-Recip-To");
    }
    return name;
  },
};
