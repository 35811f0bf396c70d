import { type FilterRule, formatFilterTest } from "../../formats/filter_file.ts";
import type { HeaderBlock } from "../../formats/header.ts";
import type { Clock, Log } from "../../platform/mod.ts";
import { HeaderRules } from "./header_rules.ts";
import type { MessageFilters, NumberedRule } from "./mod.ts";
import { PartSearch } from "./part_search.ts";
import { RefusedByRule } from "./refused_by_rule.ts";
import { TextSearch } from "./text_search.ts";

/** What filters are made of. */
export interface FilterOptions {
  /** In the order of their numbers. */
  readonly rules: readonly FilterRule[];
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Makes the rules of a filter file ready. A body rule is looked for in the body as it stands; in the
 * parts of it that are encoded, once they are decoded; and in what each part says of itself, its
 * file name among it, written on one line. Without body rules no message is taken apart.
 */
export function createFilters({ rules, clock, log }: FilterOptions): MessageFilters {
  const listed: readonly NumberedRule[] = rules.map(({ number, test }) => ({
    number,
    text: formatFilterTest(test),
  }));
  const headerRules = new HeaderRules(rules);
  const texts = rules.flatMap(({ number, test }) =>
    test.kind === "body" ? [{ number, text: test.text }] : []
  );
  const search = texts.length > 0 ? new TextSearch(texts) : undefined;

  function refuseIf(number: number | undefined): void {
    const rule = listed.find((each) => each.number === number);
    if (rule !== undefined) throw new RefusedByRule(rule);
  }

  async function* searched(message: HeaderBlock, search: TextSearch): AsyncGenerator<Uint8Array> {
    await using parts = await PartSearch.open(message, { search, clock, log });
    let state = TextSearch.START;
    for await (const chunk of message.rest) {
      const step = search.step(state, chunk);
      refuseIf(step.found);
      state = step.state;
      refuseIf(await parts?.write(chunk));
      yield chunk;
    }
    refuseIf(await parts?.end());
  }

  return {
    list: () => listed,
    screened(message) {
      refuseIf(headerRules.fitting(message.fields));
      return search === undefined ? message : { ...message, rest: searched(message, search) };
    },
  };
}
