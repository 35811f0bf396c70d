import { diskFiles, type Files, type Log, type Random } from "../../src/platform/mod.ts";
import {
  type Maildrop,
  type MaildropLayout,
  type MaildropLimits,
  type Maildrops,
  openMaildrops,
} from "../../src/store/mod.ts";
import { collected } from "./chunks.ts";
import { ManualClock } from "./manual_clock.ts";
import { octetsOf } from "./octet_text.ts";
import { silentLog } from "./silent_log.ts";

let count = 0;

/** Randomness that counts: every id is new, also to another store in the same place. */
export function countingRandom(): Random {
  return {
    number: () => 0.5,
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      new DataView(bytes.buffer).setUint32(0, ++count);
      return bytes;
    },
  };
}

/** Drop files below `root` in `in`, bins in `bin`, and nothing else special. */
export function layoutAt(root: string, special: Partial<MaildropLayout> = {}): MaildropLayout {
  return {
    main: { dropPath: `${root}/in` },
    virtualDomains: [],
    separator: "_",
    dropPrefix: true,
    hashSpool: 0,
    binPath: `${root}/bin`,
    hashBinDir: false,
    reserved: [],
    ...special,
  };
}

/** Opens the maildrops below `root`, by default as {@linkcode layoutAt} has them. */
export function storeAt(
  root: string,
  options: {
    files?: Files;
    clock?: ManualClock;
    random?: Random;
    log?: Log;
    layout?: () => MaildropLayout;
    limits?: MaildropLimits;
  } = {},
): Maildrops {
  const { limits = {}, layout = () => usual, ...tools } = options;
  const usual = layoutAt(root);
  return openMaildrops({
    ...{ files: diskFiles(), clock: new ManualClock(), random: countingRandom(), log: silentLog },
    ...tools,
    layout,
    limits: () => limits,
  });
}

/** A message to deliver, from `fred@a.example`. */
export function delivery(deliveryId: string, text: string) {
  return { deliveryId, sender: "fred@a.example", body: [octetsOf(text)] };
}

/** What a delivered message looks like to a POP3 client. */
export function served(deliveryId: string, text: string): string {
  return `Return-Path: <fred@a.example>\r\nX-UIDL: ${deliveryId}\r\n${text}`;
}

/** All messages of a locked maildrop as they would go over the wire. */
export async function texts(maildrop: Maildrop): Promise<string[]> {
  const all: string[] = [];
  for (const { uid } of maildrop.messages) all.push(await collected(maildrop.read(uid)));
  return all;
}

/** Unique-ids of a locked maildrop. */
export function uids(maildrop: Maildrop): string[] {
  return maildrop.messages.map(({ uid }) => uid);
}

/** Locks a maildrop that nobody holds. */
export async function locked(store: Maildrops, user: string): Promise<Maildrop> {
  const maildrop = await store.lock(user);
  if (maildrop === undefined) throw new Error(`Maildrop of ${user} is locked`);
  return maildrop;
}

/** What is in the maildrop now, without keeping it locked. */
export async function uidsNow(store: Maildrops, user: string): Promise<string[]> {
  await using maildrop = await locked(store, user);
  return uids(maildrop);
}
