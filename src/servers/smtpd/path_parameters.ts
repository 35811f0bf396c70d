import { replies, type Reply } from "./replies.ts";

/** Parameters of MAIL and RCPT by their upper-case names; `true` for one without a value. */
export type Parameters = Readonly<Record<string, string | true>>;

/** What reading parameters came to. */
export type ParametersResult =
  | { readonly kind: "read"; readonly parameters: Parameters }
  | { readonly kind: "refused"; readonly reply: Reply };

/** What a parameter may be; one without `value` stands alone. */
interface Rule {
  readonly value?: RegExp;
  readonly maxLength?: number;
  /** What to write, in words. */
  readonly expected: string;
}

/** xtext (RFC 3461 section 4): printable, `+` and `=` as `+2B` and `+3D`. */
const XTEXT = String.raw`(?:[!-*,-<>-~]|\+[0-9A-F]{2})+`;

const NOTICE = "(?:SUCCESS|FAILURE|DELAY)";

/** Parameters of MAIL: RFC 1870, RFC 6152, RFC 6531, RFC 3461 and RFC 4954 section 5. */
export const MAIL_PARAMETERS: Readonly<Record<string, Rule>> = {
  SIZE: { value: /^\d{1,20}$/, expected: "a number of octets" },
  BODY: { value: /^(?:7BIT|8BITMIME)$/i, expected: "7BIT or 8BITMIME" },
  SMTPUTF8: { expected: "no value" },
  RET: { value: /^(?:FULL|HDRS)$/i, expected: "FULL or HDRS" },
  ENVID: { value: new RegExp(`^${XTEXT}$`), maxLength: 100, expected: "xtext of 100 characters" },
  // Believed of nobody, but a client that logs in may send it.
  AUTH: { value: new RegExp(`^(?:<>|${XTEXT})$`), maxLength: 500, expected: "<> or an address" },
};

/** Parameters of RCPT: RFC 3461. */
export const RCPT_PARAMETERS: Readonly<Record<string, Rule>> = {
  NOTIFY: {
    value: new RegExp(`^(?:NEVER|${NOTICE}(?:,${NOTICE})*)$`, "i"),
    maxLength: 100,
    expected: "NEVER, or some of SUCCESS,FAILURE,DELAY",
  },
  ORCPT: {
    // Only the address behind the type is in xtext (RFC 3461 section 4.2).
    value: new RegExp(`^[A-Za-z0-9-]+;${XTEXT}$`),
    maxLength: 500,
    expected: "type;address in xtext",
  },
};

/** Reads what stands behind a path. Values stay as they came: ENVID and ORCPT in xtext. */
export function readParameters(
  text: string,
  rules: Readonly<Record<string, Rule>>,
): ParametersResult {
  const parameters: Record<string, string | true> = {};
  for (const word of text === "" ? [] : text.split(/\s+/)) {
    const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const key = name.toUpperCase();
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined;
    if (rule === undefined) return refused(replies.unknownParameter(shown(key)));
    if (key in parameters) return refused(replies.syntax(`Parameter given twice: ${key}`));
    if (!isValue(rule, value)) return refused(replies.badParameter(key, rule.expected));
    parameters[key] = value ?? true;
  }
  return { kind: "read", parameters };
}

function isValue({ value: form, maxLength = 20 }: Rule, value: string | undefined): boolean {
  if (form === undefined || value === undefined) return form === undefined && value === undefined;
  return value.length <= maxLength && form.test(value);
}

function shown(name: string): string {
  return name.replaceAll(/[^!-~]/g, "?").slice(0, 40);
}

function refused(reply: Reply): ParametersResult {
  return { kind: "refused", reply };
}
