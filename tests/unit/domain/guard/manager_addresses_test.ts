import { strictEqual } from "node:assert/strict";
import { mayManage } from "../../../../src/domain/guard/mod.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";

Deno.test("mayManage() takes an address that passes every element, and knows this machine", async (t) => {
  const cases = [
    { list: "127.*", address: "127.0.0.1", want: true },
    { list: "127.*", address: "::1", want: true },
    { list: "127.*", address: "192.168.1.7", want: false },
    { list: "192.168.1.*,!192.168.1.7", address: "192.168.1.8", want: true },
    { list: "192.168.1.*,!192.168.1.7", address: "192.168.1.7", want: false },
    { list: "192.168.1.*", address: "::1", want: false },
    { list: "*", address: "2001:db8::1", want: true },
  ];
  for (const { list, address, want } of cases) {
    await t.step(`${list} ${address}`, () => {
      strictEqual(mayManage(parseIpList(list), address), want);
    });
  }
});
