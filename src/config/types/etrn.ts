/** The type of a rule about ETRN: who may ask for waiting mail. */
import type { EtrnRule } from "../../servers/smtpd/mod.ts";
import type { ValueType } from "../setting.ts";
import { exactly, fields } from "./fields.ts";
import { permissiveIpList } from "./lists.ts";
import { domainPattern } from "./names.ts";

/** `<domain|*> <ip list>|users|nobody`. */
export const etrnRule: ValueType<EtrnRule> = {
  syntax: "<domain|*> <ip list>|users|nobody",
  comments: "strip",
  parse(text, warn) {
    const usage = "a domain or *, and addresses, users or nobody, as in " +
      '"etrn_from branch.example 192.168.20.1"';
    const [of, who] = fields(text, exactly(2, usage)) as [string, string];
    const word = (["users", "nobody"] as const).find((known) => known === who.toLowerCase());
    return {
      domain: domainPattern.parse(of, warn),
      who: word ?? permissiveIpList.parse(who, warn),
    };
  },
};
