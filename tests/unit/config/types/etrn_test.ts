import { etrnRule } from "../../../../src/config/types/etrn.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import { testTypes } from "../../../support/value_cases.ts";

testTypes([
  {
    name: "etrnRule",
    type: etrnRule,
    valid: [
      ["Branch.example 192.168.20.1", {
        domain: "branch.example",
        who: parseIpList("192.168.20.1"),
      }],
      ["* 10.*,fd00::/8", { domain: "*", who: parseIpList("10.*,fd00::/8") }],
      ["*.example USERS", { domain: "*.example", who: "users" }],
      ["* nobody", { domain: "*", who: "nobody" }],
    ],
    invalid: [
      "",
      "branch.example",
      "10.1.*",
      "branch.example somebody",
      "branch.example users,10.1.*",
      "branch.example 10.1.* 10.2.*",
      "-x 10.1.*",
    ],
  },
]);
