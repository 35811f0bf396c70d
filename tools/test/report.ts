/** How a test run ended. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test file and how long its tests took together. */
export interface FileTime {
  readonly file: string;
  readonly seconds: number;
}

/** A test that was not run. */
export interface SkippedTest {
  readonly file: string;
  readonly name: string;
}

/**
 * Reads the last line of a run, `ok | 12 passed (3 steps) | 0 failed | 2 ignored (5s)`, in plain
 * text. `undefined` if this is not that line.
 */
export function parseTotals(line: string): Totals | undefined {
  if (!/^(?:ok|FAILED) \| \d+ passed\b.* \| \d+ failed\b/.test(line)) return undefined;
  const count = (word: string) => Number(line.match(RegExp(`\\| (\\d+) ${word}\\b`))?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed"), skipped: count("ignored") };
}

/** The line that ends the run: `12 passed, 0 failed`, and `, 2 skipped` if any were. */
export function formatTotals({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** The program that an `installed()` of tests/support/peers.ts did not find, if `line` says so. */
export function missingPeer(line: string): string | undefined {
  return line.match(/^MISSING PEER: (\S+) is not installed/)?.[1];
}

/** Whether a line of the run is worth the reader's time: not a test that went well. */
export function isNews(line: string): boolean {
  return !/ \.\.\. (?:ok|ignored)(?: \([^)]*\))?$/.test(line) &&
    !/^(?:running \d+ tests? from |Check )/.test(line) &&
    !/^ *\S.* \.\.\.$/.test(line) && missingPeer(line) === undefined;
}

/** The time of each file of a JUnit report, slowest first. */
export function fileTimes(junit: string): readonly FileTime[] {
  return [...suites(junit)].map(({ file, cases }) => ({
    file,
    // Steps are listed beside their tests, as `test > step`, and are part of their time.
    seconds: cases.filter(({ name }) => !name.includes(" &gt; "))
      .reduce((sum, { seconds }) => sum + seconds, 0),
  })).sort((a, b) => b.seconds - a.seconds);
}

/** The tests of a JUnit report that were not run. */
export function skippedTests(junit: string): readonly SkippedTest[] {
  return [...suites(junit)].flatMap(({ file, cases }) =>
    cases.filter(({ skipped }) => skipped).map(({ name }) => ({ file, name: unescaped(name) }))
  );
}

interface Case {
  readonly name: string;
  readonly seconds: number;
  readonly skipped: boolean;
}

function* suites(junit: string): Generator<{ file: string; cases: readonly Case[] }> {
  for (
    const [, file, body] of junit.matchAll(/<testsuite name="([^"]*)"[^>]*>([^]*?)<\/testsuite>/g)
  ) {
    const cases = [
      ...body!.matchAll(/<testcase name="([^"]*)"[^>]*time="([\d.]+)"[^>]*>\s*(<skipped)?/g),
    ];
    yield {
      file: unescaped(file!).replace(/^\.\//, ""),
      cases: cases.map(([, name, seconds, skipped]) => ({
        name: name!,
        seconds: Number(seconds),
        skipped: skipped !== undefined,
      })),
    };
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  amp: "&",
};

function unescaped(text: string): string {
  return text.replaceAll(/&(\w+);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}
