/** A program with its arguments, as a rule names a robot (B18). */
export interface RobotCommand {
  /** As it is written: a whole path, or a name. */
  readonly program: string;
  readonly args: readonly string[];
}

/** Most arguments that are passed on: more are no command a person wrote. */
const MAX_ARGUMENTS = 200;

/**
 * Divides `/usr/bin/robot one "two words" -from "root@domain.com"` at its blanks. Quotes keep words
 * together and are taken off: double ones anywhere, single ones around a whole argument, so that
 * `O'Brien` stays. Nothing else is special: a backslash belongs to a path, and no shell reads this.
 *
 * @throws {SyntaxError} If there is no program, a quote is not closed, or there is no end to it.
 */
export function parseRobotCommand(command: string): RobotCommand {
  const words: string[] = [];
  // deno-lint-ignore no-control-regex -- No system call takes a NUL.
  if (/\x00/.test(command)) throw new SyntaxError("Cannot run a command that has a NUL in it");
  for (const [word] of command.matchAll(/'[^']*'(?=\s|$)|(?:"[^"]*"|[^\s"]|"(?!.*"))+/gs)) {
    words.push(withoutQuotes(word));
    if (words.length > MAX_ARGUMENTS) {
      throw new SyntaxError(`Cannot pass more than ${MAX_ARGUMENTS - 1} arguments to a program`);
    }
  }
  const [program, ...args] = words;
  if (!program) throw new SyntaxError("Cannot run a command without a program");
  return { program, args };
}

function withoutQuotes(word: string): string {
  if (/^'[^']*'$/.test(word)) return word.slice(1, -1);
  if ((word.split('"').length - 1) % 2 !== 0) {
    throw new SyntaxError(`Cannot read ${word}: a double quote is not closed`);
  }
  return word.replaceAll('"', "");
}
