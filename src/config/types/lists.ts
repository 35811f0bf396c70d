/** Types of values that are comma lists. */
import {
  type IpList,
  isContradiction,
  matchesEverybody,
  parseIpList,
} from "../../formats/ip_list.ts";
import { parseWildcardList, type WildcardList } from "../../formats/wildcard.ts";
import type { ValueType } from "../setting.ts";

/** A list of wildcards. */
export const wildcards: ValueType<WildcardList> = {
  syntax: "<wildcard>[,<wildcard>…]",
  comments: "strip",
  parse: parseWildcardList,
};

/** A list that an address must pass in every element (A1). */
export const restrictiveIpList: ValueType<IpList> = {
  syntax: "<ip list>",
  comments: "strip",
  parse(text, warn) {
    const list = parseIpList(text);
    if (isContradiction(list)) {
      warn(
        "no address passes, because it must pass every element of this list; " +
          "write one wildcard or range that covers all of them, as in 192.168.1.*",
      );
    }
    return list;
  },
};

/** A list of which an address must match one element (A1). */
export const permissiveIpList: ValueType<IpList> = {
  syntax: "<ip list>",
  comments: "strip",
  parse: (text) => parseIpList(text),
};

/** A permissive list that opens relaying: everybody in it is worth a warning (A10). */
export const relayIpList: ValueType<IpList> = {
  ...permissiveIpList,
  parse(text, warn) {
    const list = parseIpList(text);
    if (matchesEverybody(list)) {
      warn(
        "everybody on the internet may send mail through this server, because one element of " +
          "this list is enough; write your own addresses, as in 127.0.0.1,192.168.1.*",
      );
    }
    return list;
  },
};

/** A comma list of values of one type, without blanks. */
export function commaList<T>(type: ValueType<T>): ValueType<readonly T[]> {
  return {
    syntax: `${type.syntax}[,${type.syntax}…]`,
    comments: "strip",
    parse(text, warn) {
      if (/\s/.test(text)) throw new SyntaxError("write the list with commas and without blanks");
      return text.split(",").map((element) => type.parse(element, warn));
    },
  };
}
