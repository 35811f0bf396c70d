/** A user of the system, as `/etc/passwd` tells. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  /** The user's own group. */
  readonly gid: number;
  readonly home: string;
}

/** Largest number that is somebody; the one above it means "nobody asked" to the system. */
const MAX_ID = 2 ** 32 - 2;

/** Reads `/etc/passwd` (passwd(5)); what is no user is passed over. Never throws. */
export function parsePasswd(text: string): readonly SystemUser[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid, , home] = line.split(":");
    if (!name || !isId(uid) || !isId(gid) || home === undefined) return [];
    return [{ name, uid: Number(uid), gid: Number(gid), home: home || "/" }];
  });
}

function isId(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
}
