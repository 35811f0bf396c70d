import type { World } from "../world.ts";

/**
 * Asks for a new password: twice on a terminal, where what is typed cannot be seen, once from a
 * pipe.
 *
 * @returns `undefined` after saying why there is none.
 */
export async function askPassword(
  { terminal }: Pick<World, "terminal">,
  command: string,
  prompt: string,
): Promise<string | undefined> {
  const password = await terminal.readSecret(prompt);
  if (password === undefined || password === "") {
    terminal.error(`${command}: No password was given; nothing was changed`);
    return undefined;
  }
  if (terminal.asksPerson && await terminal.readSecret("Again: ") !== password) {
    terminal.error(`${command}: The passwords differ; nothing was changed`);
    return undefined;
  }
  return password;
}
