import type { NumberedRule } from "./mod.ts";

/** A filter rule fits the message, which is not to be taken. */
export class RefusedByRule extends Error {
  override name = "RefusedByRule";
  readonly rule: NumberedRule;

  constructor(rule: NumberedRule) {
    super(`Filter rule ${rule.number} fits: ${rule.text}`);
    this.rule = rule;
  }
}
