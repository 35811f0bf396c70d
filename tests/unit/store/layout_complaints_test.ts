import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { layoutComplaints, type MaildropLayout } from "../../../src/store/mod.ts";

const PLAIN: MaildropLayout = {
  main: { dropPath: "/mail" },
  virtualDomains: [],
  separator: "_",
  dropPrefix: true,
  hashSpool: 0,
  hashBinDir: false,
  reserved: [],
};

/** Kind of each complaint, and which virtual domain it is about. */
function complaintsAbout(special: Partial<MaildropLayout>): string[] {
  return layoutComplaints({ ...PLAIN, ...special }).map(({ kind, index }) => `${kind} ${index}`);
}

const abc = { prefix: "abc", dropPath: "/mail/abc" };
const xyz = { prefix: "xyz", dropPath: "/mail/xyz" };

Deno.test("layoutComplaints() leaves alone what works", async (t) => {
  const cases: Partial<MaildropLayout>[] = [
    {},
    { virtualDomains: [abc, xyz, abc] }, // 000:246: one line for the address, one for the suffix.
    { virtualDomains: [abc, xyz], dropPrefix: false },
    { virtualDomains: [{ prefix: "abc", dropPath: "/mail" }] },
    { virtualDomains: [{ prefix: "b", dropPath: "/mail/b" }] },
    { virtualDomains: [{ prefix: "b", dropPath: "/mail/B" }], hashSpool: 2 }, // 001:306
    { virtualDomains: [abc], hashSpool: 2, binPath: "/mail/bin", hashBinDir: true },
    { virtualDomains: [{ prefix: "ab", dropPath: "/m1" }, { prefix: "abc", dropPath: "/m2" }] },
  ];
  for (const special of cases) {
    await t.step(JSON.stringify(special), () => assertEquals(complaintsAbout(special), []));
  }
});

Deno.test("layoutComplaints() names what mixes the mail of users", async (t) => {
  const cases: { special: Partial<MaildropLayout>; want: string[] }[] = [
    {
      special: { virtualDomains: [abc, { prefix: "ABC", dropPath: "/elsewhere" }] },
      want: ["mixed 1"],
    },
    {
      special: { virtualDomains: [{ ...abc, dropPath: "/mail" }], dropPrefix: false },
      want: ["mixed 0"],
    },
    {
      special: { virtualDomains: [abc, { ...xyz, altDropPath: "/mail/abc" }], dropPrefix: false },
      want: ["mixed 1"],
    },
    {
      special: { virtualDomains: [{ prefix: "b", dropPath: "/mail/b" }], hashSpool: 2 },
      want: ["mixed undefined"],
    },
    { special: { hashSpool: 1, binPath: "/mail/x/bins" }, want: ["mixed undefined"] },
    {
      special: {
        virtualDomains: [{ prefix: "abc", dropPath: "/bin/x" }],
        hashSpool: 1,
        binPath: "/bin",
        hashBinDir: true,
      },
      want: ["mixed undefined"],
    },
    {
      special: { virtualDomains: [abc, { prefix: "abc_d", dropPath: "/m2" }] },
      want: ["unclear 1"],
    },
    {
      special: { virtualDomains: [{ prefix: "abc_d", dropPath: "/m2" }, abc] },
      want: ["unclear 0"],
    },
  ];
  for (const { special, want } of cases) {
    await t.step(JSON.stringify(special), () => assertEquals(complaintsAbout(special), want));
  }
});
