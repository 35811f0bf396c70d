import { splitAddress } from "../../formats/address.ts";

/**
 * The name of a user in the database, as a mail program may write it: `Bob` and `bob@our.domain`
 * are bob. A name with a foreign domain is left whole: it is a user only if the database has it so.
 */
export function userOfLogin(login: string, isLocalDomain: (domain: string) => boolean): string {
  const name = login.trim().toLowerCase();
  const { local, domain } = splitAddress(name);
  return domain !== "" && isLocalDomain(domain) ? local : name;
}
