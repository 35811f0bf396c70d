import { deepStrictEqual as assertEquals } from "node:assert/strict";
import type { MaildropLayout } from "../../../../src/store/mod.ts";
import { configOf } from "../../../support/config_text.ts";

const DROP = "/srv/dmail/drop";

/** What {@linkcode configOf} comes to without any other line. */
const PLAIN: MaildropLayout = {
  main: { dropPath: DROP },
  virtualDomains: [],
  separator: "_",
  dropPrefix: true,
  hashSpool: 0,
  hashBinDir: false,
  reserved: ["/srv/dmail/work", "/srv/dmail/work", "/srv/dmail/work", "/srv/dmail/work"],
};

Deno.test("the settings about maildrops come to a layout", async (t) => {
  const abc = "vdomain abc /xdom abc.com /mail/abc_com/";
  const cases: { lines: string[]; want: Partial<MaildropLayout> }[] = [
    { lines: [], want: {} },
    { lines: ["hash_spool 2", "hash_bindir true"], want: { hashSpool: 2, hashBinDir: true } },
    { lines: ["bin_path /var/bins/"], want: { binPath: "/var/bins" } },
    { lines: [`bin_path ${DROP}/`], want: {} }, // 000:1879
    { lines: ["drop_prefix false"], want: { dropPrefix: false } },
    { lines: ["vdomain_separator -"], want: { separator: "-" } },
    {
      lines: [abc],
      want: { virtualDomains: [{ prefix: "abc", dropPath: "/mail/abc_com" }] },
    },
    {
      lines: ["alt_drop_path office.example /alt/"],
      want: { main: { dropPath: DROP, altDropPath: "/alt" } },
    },
    {
      lines: ["host_domain second.example", "alt_drop_path second.example /alt"],
      want: { main: { dropPath: DROP, altDropPath: "/alt" } },
    },
    {
      lines: [abc, "alt_drop_path * /all", "alt_drop_path abc.com /own"],
      want: {
        main: { dropPath: DROP, altDropPath: "/all" },
        virtualDomains: [{ prefix: "abc", dropPath: "/mail/abc_com", altDropPath: "/own" }],
      },
    },
    {
      lines: ["log_path /var/log/dmail", "nwauth_path /etc/users"],
      want: { reserved: ["/srv/dmail/work", "/var/log/dmail", "/srv/dmail/work", "/etc/users"] },
    },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; "), () => {
      assertEquals(configOf(...lines).mailboxes.layout, { ...PLAIN, ...want });
    });
  }
});

Deno.test("the settings about room come to limits", async (t) => {
  const cases = [
    { lines: [], want: {} },
    { lines: ["drop_max 40"], want: { dropMaxOctets: 40 * 1024 } }, // In kB, 2.2.
    { lines: ["drop_max 1MB"], want: { dropMaxOctets: 1024 * 1024 } },
    { lines: ["user_quota true"], want: { quota: {} } },
    { lines: ["user_quota false"], want: {} },
    { lines: ["user_quota 10MB"], want: { quota: { defaultOctets: 10 * 1024 * 1024 } } },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join("; "), () => {
      assertEquals(configOf(...lines).mailboxes.limits, want);
    });
  }
});
