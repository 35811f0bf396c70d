import { nearest } from "../formats/did_you_mean.ts";
import { shortened } from "../formats/words.ts";
import type { ConfigProblem } from "./problem.ts";
import type { Setting } from "./setting.ts";
import {
  SETTING_NAMES,
  type SettingName,
  settingNamed,
  SETTINGS,
  type SettingValues,
} from "./settings/all.ts";
import type { SettingLine } from "./sources.ts";

/** What the lines of a configuration come to. */
export interface Evaluation {
  readonly values: SettingValues;
  /** The valid lines of a setting, parallel to its values; none if it has its default. */
  readonly origins: ReadonlyMap<SettingName, readonly SettingLine[]>;
  /** The settings that have a line, valid or not. */
  readonly mentioned: ReadonlySet<SettingName>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads every setting by the table: what the lines say, or its default. */
export function evaluate(lines: readonly SettingLine[], os: "windows" | "unix"): Evaluation {
  const problems: ConfigProblem[] = [];
  const found = byName(lines, problems);
  const origins = new Map<SettingName, readonly SettingLine[]>();
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of SETTING_NAMES) {
    const one = evaluateOne(name, found.get(name) ?? [], os);
    values[name] = one.value;
    problems.push(...one.problems);
    if (one.valid.length > 0) origins.set(name, one.valid);
  }
  // Every name was given the value of its own row, whose type is what SettingValues says.
  return {
    values: values as SettingValues,
    origins,
    mentioned: new Set(found.keys()),
    problems,
  };
}

/** Sorts lines under the names of the table, cleaned; drops blank ones, reports unknown ones. */
function byName(
  lines: readonly SettingLine[],
  problems: ConfigProblem[],
): Map<SettingName, SettingLine[]> {
  const found = new Map<SettingName, SettingLine[]>();
  for (const line of lines) {
    const name = settingNamed(line.name);
    if (name === undefined) {
      problems.push(at(line, "warning", unknownText(line.name)));
      continue;
    }
    const setting: Setting<unknown> = SETTINGS[name];
    const text = setting.clean(line.text);
    if (setting.obsolete !== undefined) {
      problems.push(at(line, "warning", `${line.name}: ${setting.obsolete}`));
    }
    if (text === "") {
      if (setting.syntax === "true|false") problems.push(at(line, "warning", blankText(line.name)));
    } else {
      const same = found.get(name) ?? [];
      same.push({ ...line, text });
      found.set(name, same);
    }
  }
  return found;
}

function evaluateOne(
  name: SettingName,
  lines: readonly SettingLine[],
  os: "windows" | "unix",
): {
  readonly value: unknown;
  readonly valid: readonly SettingLine[];
  readonly problems: readonly ConfigProblem[];
} {
  const setting: Setting<unknown> = SETTINGS[name];
  const problems = setting.repeatable ? [] : [...contradictions(name, setting, lines)];
  const used = setting.repeatable ? lines : lines.slice(0, 1);
  const bad = new Set<SettingLine>();
  const value = setting.evaluate(used.map(({ text }) => text), os, {
    error(index, message) {
      const line = used[index];
      if (line === undefined) return;
      bad.add(line);
      problems.push(at(line, "error", badValueText(setting, line, message)));
    },
    warning(index, message) {
      const line = used[index];
      if (line) problems.push(at(line, "warning", `${name}: ${message}`));
    },
  });
  return { value, valid: used.filter((line) => !bad.has(line)), problems };
}

/** A setting that occurs once is set to two different values: nobody knows which one is meant. */
function contradictions(
  name: SettingName,
  setting: Setting<unknown>,
  lines: readonly SettingLine[],
): readonly ConfigProblem[] {
  const [first, ...others] = lines;
  if (first === undefined) return [];
  return others.filter(({ text }) => text !== first.text).map((line) => {
    const values = setting.isSecret
      ? ""
      : ` (${shortened(first.text)} and ${shortened(line.text)})`;
    return at(
      line,
      "error",
      `${name} is set to something else at ${first.file}:${first.line} already${values}: ` +
        "keep one of the two lines",
    );
  });
}

function badValueText(setting: Setting<unknown>, line: SettingLine, message: string): string {
  // The text of a secret setting may hold the password anywhere: it was not understood.
  const found = setting.isSecret ? "" : ` "${shortened(line.text)}"`;
  return `${line.name}${found} is not valid: ${message}`;
}

function unknownText(name: string): string {
  const names = SETTING_NAMES.flatMap((known) => [known, ...(SETTINGS[known].aliases ?? [])]);
  const meant = nearest(name, names);
  return meant === undefined
    ? `${shortened(name)} is not a setting: correct or remove the line`
    : `${shortened(name)} is not a setting: did you mean ${meant}?`;
}

function blankText(name: string): string {
  return `${name} has no value and keeps its default: write "${name} true" or "${name} false"`;
}

function at(
  { file, line }: SettingLine,
  severity: ConfigProblem["severity"],
  message: string,
): ConfigProblem {
  return { severity, file, line, message };
}
