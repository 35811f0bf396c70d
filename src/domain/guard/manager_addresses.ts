import { type IpList, matchesEveryIp } from "../../formats/ip_list.ts";
import { isThisMachine } from "./source.ts";

/**
 * Whether the manager's commands are taken from an address (manager_ip_address, S27). This machine
 * is 127.0.0.1 also when it comes as `::1`.
 */
export function mayManage(list: IpList, address: string): boolean {
  return matchesEveryIp(list, address) ||
    (isThisMachine(address) && matchesEveryIp(list, "127.0.0.1"));
}
