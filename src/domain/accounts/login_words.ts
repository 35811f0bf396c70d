/** Longest name that is repeated, in UTF-16 units: names in the database are far shorter (B31). */
const MAX_NAME_LENGTH = 200;

/** A login name as the log may hold it: one from the network must not write lines of its own. */
export function nameForLog(user: string): string {
  return user.replaceAll(/\p{C}/gu, "?").slice(0, MAX_NAME_LENGTH);
}

/** The line about a wrong password that administrators search the log for (B29), in all servers. */
export function rejectedLogin(user: string): string {
  const name = nameForLog(user);
  return `Rejected ${name}, authent said ${name} password wrong or not a valid user`;
}
