/**
 * Filters for messages (S16, B38): rules that name a text of the body or a pattern of the header,
 * and refuse what fits them.
 *
 * @module
 */
import type { HeaderBlock } from "../../formats/header.ts";

export { createFilters, type FilterOptions } from "./filters.ts";
export { RefusedByRule } from "./refused_by_rule.ts";

/** A rule as it is listed and logged. */
export interface NumberedRule {
  /** Counted from 1 in the order of the file. */
  readonly number: number;
  /** The rule as it can be written. */
  readonly text: string;
}

/** The rules of one filter file. */
export interface MessageFilters {
  /** Every rule, for `tellsmtp filters` (C14). */
  list(): readonly NumberedRule[];
  /**
   * A message that goes on as long as no rule fits it: where one does, or at the end, reading its
   * rest throws {@linkcode RefusedByRule}.
   *
   * @throws {RefusedByRule} At once if a rule fits the header.
   */
  screened(message: HeaderBlock): HeaderBlock;
}
