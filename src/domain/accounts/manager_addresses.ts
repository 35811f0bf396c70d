import { type IpList, matchesEveryIp } from "../../formats/ip_list.ts";

/**
 * Whether the manager's commands are taken from an address (manager_ip_address, S27). This machine
 * is 127.0.0.1 also when it comes as `::1`.
 */
export function mayManage(list: IpList, address: string): boolean {
  return matchesEveryIp(list, address) ||
    (address === "::1" && matchesEveryIp(list, "127.0.0.1"));
}
