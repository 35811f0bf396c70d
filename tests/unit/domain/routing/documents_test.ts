/** Every example of documents 000, 001 and 002 about forwarding, aliases, fallback and domains. */
import { deepStrictEqual } from "node:assert/strict";
import { chainOf, type ChainSetting } from "../../../support/chain.ts";

interface Example extends ChainSetting {
  /** Document and lines. */
  readonly at: string;
  readonly says: string;
  /** Addresses, and where each leads. */
  readonly want: Readonly<Record<string, readonly string[]>>;
}

const EXAMPLES: readonly Example[] = [
  {
    at: "000:373-374",
    says: "the fallback address gets what is for nobody",
    conf: ["host_domain domain1", "fallback_address domain1 default@domain2"],
    users: { bob: "" },
    want: { "bob@domain1": ["bob"], "nobody@domain1": ["relay default@domain2"] },
  },
  {
    at: "000:387-405",
    says: "all forward rules that match are applied, and bob himself gets nothing",
    conf: [
      "host_domain domain1",
      "forward bob@domain1 bob@domain2",
      "forward fred@domain1 bob@domain3",
      "forward *@domain1 default@domain4",
    ],
    users: { bob: "", fred: "" },
    want: {
      "bob@domain1": ["relay bob@domain2", "relay default@domain4"],
      "fred@domain1": ["relay bob@domain3", "relay default@domain4"],
      "nobody@domain1": ["relay default@domain4"],
    },
  },
  {
    at: "000:409-417",
    says: "a forward rule, an alias or fwd goes before the fallback address",
    conf: [
      "host_domain domain1",
      "fallback_address domain1 default@domain4",
      "forward moved@domain1 moved@domain2",
      "alias sales bob",
    ],
    users: { bob: "", away: "away@domain3" },
    want: {
      "moved@domain1": ["relay moved@domain2"],
      "sales@domain1": ["bob"],
      "away@domain1": ["relay away@domain3"],
      "nobody@domain1": ["relay default@domain4"],
    },
  },
  {
    at: "002:10-15",
    says: "forward rules, aliases and fwd have precedence over forward files",
    conf: ["forward rule@domain.com x@y.example", "alias alias x@y.example"],
    users: { rule: "", alias: "", fwd: "x@y.example", file: "" },
    forwardFiles: {
      "rule.fwd": "file@y.example",
      "alias.fwd": "file@y.example",
      "fwd.fwd": "file@y.example",
      "file.fwd": "file@y.example",
    },
    want: {
      "rule@domain.com": ["relay x@y.example"],
      "alias@domain.com": ["relay x@y.example"],
      "fwd@domain.com": ["relay x@y.example"],
      "file@domain.com": ["relay file@y.example"],
    },
  },
  {
    at: "002:16-22",
    says: "with a self reference the forward file is used INSTEAD of the original recipient",
    conf: ["forward_cc rule@domain.com x@y.example", "alias alias $user,x@y.example"],
    users: { rule: "", alias: "", fwd: "x@y.example,$user" },
    forwardFiles: {
      "rule.fwd": "file@y.example",
      "alias.fwd": "file@y.example",
      "fwd.fwd": "file@y.example",
    },
    want: {
      "rule@domain.com": ["relay file@y.example", "relay x@y.example"],
      "alias@domain.com": ["relay file@y.example", "relay x@y.example"],
      "fwd@domain.com": ["relay file@y.example", "relay x@y.example"],
    },
  },
  {
    at: "002:34-49",
    says: ".fwd is used where fwd is empty or has $user, and then bob gets no copy",
    users: { empty: "", self: "$user", other: "x@y.example" },
    forwardFiles: {
      "empty.fwd": "a@b.example",
      "self.fwd": "a@b.example",
      "other.fwd": "a@b.example",
    },
    want: {
      "empty@domain.com": ["relay a@b.example"],
      "self@domain.com": ["relay a@b.example"],
      "other@domain.com": ["relay x@y.example"],
    },
  },
  {
    at: "002:39-42",
    says: "the .fwd file of a virtual domain has the name of its drop file: dom1_bob",
    conf: [String.raw`vdomain dom1 /dom1 domain1.com /drop/dom1`],
    users: { dom1_bob: "" },
    forwardFiles: { "dom1_bob.fwd": "a@b.example" },
    want: { "bob@domain1.com": ["relay a@b.example"] },
  },
  {
    at: "002:57-59",
    says: "/dev/nul makes things disappear",
    conf: ["forward bob@domainx.com /dev/nul"],
    users: {},
    want: { "bob@domainx.com": [] },
  },
  {
    at: "002:60-63",
    says: "a robot",
    conf: [String.raw`forward bob@domainx.com |c:\dmail\drespond`],
    want: { "bob@domainx.com": [String.raw`|c:\dmail\drespond`] },
  },
  {
    at: "002:64-65",
    says: "a robot with arguments stands in quotes",
    conf: [String.raw`forward bob@domainx.com "|c:\dmail\drespond arg1 arg2"`],
    want: { "bob@domainx.com": [String.raw`|c:\dmail\drespond arg1 arg2`] },
  },
  {
    at: "002:53-55",
    says: "a path character makes it a file",
    conf: [
      "forward a@domain.com /var/mail/all",
      String.raw`forward b@domain.com c:\mail\all.txt`,
    ],
    want: {
      "a@domain.com": ["file /var/mail/all"],
      "b@domain.com": [String.raw`file c:\mail\all.txt`],
    },
  },
  {
    at: "002:76-90",
    says: "forward rules, local domain?, alias, user: in this order",
    conf: [
      "forward f@domain.com x@first.example",
      "alias f x@second.example",
      "alias a x@second.example",
    ],
    users: { f: "x@third.example", a: "x@third.example", u: "x@third.example", d: "" },
    want: {
      "f@domain.com": ["relay x@first.example"],
      "a@domain.com": ["relay x@second.example"],
      "u@domain.com": ["relay x@third.example"],
      "d@domain.com": ["d"],
      "f@elsewhere.example": ["relay f@elsewhere.example"],
    },
  },
  {
    at: "002:181-189",
    says: "forward_cc: fred gets a copy, and bob still his mail",
    conf: ["host_domain domain1.com", "forward_cc bob@domain1.com fred@domain2.com"],
    users: { bob: "" },
    want: { "bob@domain1.com": ["bob", "relay fred@domain2.com"] },
  },
  {
    at: "002:190-193",
    says: "$user in an alias file: the same",
    conf: ["host_domain domain1.com", "alias_file /aliases"],
    files: { "/aliases": "bob: $user,fred@domain2.com" },
    users: { bob: "" },
    want: { "bob@domain1.com": ["bob", "relay fred@domain2.com"] },
  },
  {
    at: "002:194-199",
    says: "several forward lines, and sales gets no mail",
    conf: [
      "host_domain domain1.com",
      "forward sales@domain1.com fred@domain1.com",
      "forward sales@domain1.com john@domain2.com",
    ],
    users: { sales: "", fred: "" },
    want: { "sales@domain1.com": ["fred", "relay john@domain2.com"] },
  },
  {
    at: "002:200-205",
    says: "a comma list in an alias file",
    conf: ["host_domain domain1.com", "alias_file_domain domain1.com /dom1"],
    files: { "/dom1": "sales: fred@domain2.com,john@domain2.com" },
    users: { sales: "" },
    want: { "sales@domain1.com": ["relay fred@domain2.com", "relay john@domain2.com"] },
  },
  {
    at: "002:206-213",
    says: "forward sales@* takes incoming AND outgoing mail",
    conf: ["host_domain domain1.com", "forward sales@* bob@domain1.com"],
    users: { bob: "" },
    want: { "sales@domain1.com": ["bob"], "sales@othercompany.com": ["bob"] },
  },
  {
    at: "002:214-228",
    says: "sales of domain1.com is sales of its synonyms, and so is the alias",
    conf: [
      "host_domain domain1.com",
      "host_domain domain2.com",
      "host_domain domain3.com",
      String.raw`alias_file_domain domain1.com c:\dmail\dom1aliases.txt`,
    ],
    files: { [String.raw`c:\dmail\dom1aliases.txt`]: "sales: bob@domain1.com" },
    users: { bob: "" },
    want: {
      "sales@domain1.com": ["bob"],
      "sales@domain2.com": ["bob"],
      "sales@domain3.com": ["bob"],
      "sales@othercompany.com": ["relay sales@othercompany.com"],
    },
  },
  {
    at: "002:229-235",
    says: "an alias file for all local domains",
    conf: [
      "host_domain domain1.com",
      "vdomain two /two domain2.com /drop/two",
      String.raw`alias_file_domain * c:\dmail\global_aliases.txt`,
    ],
    files: { [String.raw`c:\dmail\global_aliases.txt`]: "sales: bob@domain1.com" },
    users: { bob: "" },
    want: {
      "sales@domain1.com": ["bob"],
      "sales@domain2.com": ["bob"],
      "sales@othercompany.com": ["relay sales@othercompany.com"],
    },
  },
  {
    at: "002:236-243",
    says: "three domains, host or virtual, share one file; a fourth does not",
    conf: [
      "host_domain domain1.com",
      "host_domain domain2.com",
      "vdomain three /three domain3.com /drop/three",
      "vdomain four /four domain4.com /drop/four",
      String.raw`alias_file_domain domain1.com c:\dmail\aliases_group1.txt`,
      String.raw`alias_file_domain domain2.com c:\dmail\aliases_group1.txt`,
      String.raw`alias_file_domain domain3.com c:\dmail\aliases_group1.txt`,
    ],
    files: { [String.raw`c:\dmail\aliases_group1.txt`]: "sales: bob@domain1.com" },
    users: { bob: "" },
    want: {
      "sales@domain1.com": ["bob"],
      "sales@domain2.com": ["bob"],
      "sales@domain3.com": ["bob"],
      "sales@domain4.com": ["5.1.1 sales@domain4.com"],
    },
  },
  {
    at: "000:1476-1481",
    says: "fwd may be a long list",
    users: { bob: "a@b.example,c@d.example,$user" },
    want: { "bob@domain.com": ["bob", "relay a@b.example", "relay c@d.example"] },
  },
  {
    at: "000:250-257",
    says: "two lines of one virtual domain: fred is abc_fred",
    conf: [
      "vdomain abc 1.2.3.4 xdomain.com /var/spool/mail/xdomain",
      "vdomain abc /xdom xdomain.com /var/spool/mail/xdomain",
    ],
    users: { fred: "", abc_fred: "" },
    want: {
      "fred@xdomain.com": ["abc_fred"],
      "fred@domain.com": ["fred"],
      "fred@[1.2.3.4]": ["abc_fred"],
      "fred/xdom@domain.com": ["5.1.1 fred/xdom@domain.com"],
    },
  },
  {
    at: "001:305-317",
    says: "the two freds of mail.domain.one and mail.domain.two",
    conf: [
      "vdomain Btwo 161.33.44.55 mail.domain.one /var/spool/mail/B",
      "vdomain C 222.33.44.22 mail.domain.two /var/spool/mail/domaintwo",
    ],
    users: { btwo_fred: "", c_fred: "" },
    want: {
      "fred@mail.domain.one": ["btwo_fred"],
      "Fred@Mail.Domain.Two": ["c_fred"],
      "fred@domain.com": ["5.1.1 fred@domain.com"],
    },
  },
  {
    at: "001:237-241",
    says: "with authent_domain the database knows fred by his domain",
    conf: ["authent_domain true", "vdomain C 222.33.44.22 mail.domain.two /var/spool/mail/two"],
    users: { "fred@mail.domain.two": "", "fred@domain.com": "" },
    want: { "fred@mail.domain.two": ["c_fred"], "fred@domain.com": ["fred"] },
  },
  {
    at: "000:1559",
    says: "all mail of a domain goes to one mailbox",
    conf: ["forward *@yourdomain bob@domainx.com"],
    want: { "anybody@yourdomain": ["relay bob@domainx.com"] },
  },
  {
    at: "001:362-368",
    says: "fred of abc.com has the drop file abc_fred",
    conf: ["vdomain abc 1.2.3.4 abc.com /mail/abc_com"],
    users: { abc_fred: "" },
    want: { "fred@abc.com": ["abc_fred"] },
  },
  {
    at: "001:348-359",
    says: "a virtual domain by suffix gets mail by its domain all the same",
    conf: ["vdomain J /jds johns.server.domain /var/spool/mail/johnsusers"],
    users: { j_fred: "" },
    want: { "fred@johns.server.domain": ["j_fred"] },
  },
];

for (const { at, says, want, ...setting } of EXAMPLES) {
  Deno.test(`resolve() as document ${at} says: ${says}`, async (t) => {
    const chain = await chainOf(setting);
    for (const [address, ends] of Object.entries(want)) {
      await t.step(address, async () => deepStrictEqual(await chain.ends(address), ends));
    }
  });
}

Deno.test("log_chain as document 000:843-851 shows it", async () => {
  const robot = String
    .raw`\dmail\drespond.exe \message.txt -subject whatever -from "root@domain.com"`;
  const chain = await chainOf({
    conf: ["alias_file /aliases"],
    files: { "/aliases": `bob: "|${robot}", $user\n` },
    users: { bob: "" },
  });
  deepStrictEqual(await chain.ends("bob@domain.com"), ["bob", `|${robot}`]);
  deepStrictEqual(chain.log, [
    "*** Starting rcpt chain for bob",
    `*** In rcpt chain bob@domain.com: is the alias bob of /aliases:1: |${robot}, $user`,
    `*** Adding <|${robot}> to rcpt chain`,
    "*** In rcpt chain bob@domain.com: is the local user bob",
    "*** Adding bob to rcpt chain",
  ]);
});

Deno.test("forward files as document 002:25-49 says", async (t) => {
  const account = { user: "bob", uid: 1001, home: "/home/bob" };
  const cases = [
    { name: "all four are true", dotForward: true, account, want: "bob.forward" },
    { name: "no_dotforward, or no unix_user", dotForward: false, account, want: "bob.fwd" },
    { name: "no home directory", dotForward: true, account: { user: "bob" }, want: "bob.fwd" },
  ];
  for (const { name, dotForward, account, want } of cases) {
    await t.step(name, async () => {
      const chain = await chainOf({
        tables: { dotForward },
        accounts: {
          lookup: () => Promise.resolve({ kind: "found", account }),
          list: () => Promise.resolve([]),
        },
      });
      deepStrictEqual(await chain.ends("bob@domain.com"), ["bob"]);
      deepStrictEqual(chain.asked, [want]);
    });
  }
});
