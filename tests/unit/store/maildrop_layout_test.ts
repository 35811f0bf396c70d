import { deepStrictEqual as assertEquals, strictEqual, throws } from "node:assert/strict";
import {
  dropDirectories,
  type MaildropLayout,
  maildropNameAt,
  maildropPaths,
} from "../../../src/store/maildrop_layout.ts";

/** Drop files in one directory, bins beside them. */
const PLAIN: MaildropLayout = {
  main: { dropPath: "/var/spool/mail" },
  virtualDomains: [],
  separator: "_",
  dropPrefix: true,
  hashSpool: 0,
  hashBinDir: false,
  reserved: [],
};

const ABC: MaildropLayout = {
  ...PLAIN,
  virtualDomains: [{ prefix: "abc", dropPath: "/mail/abc_com" }],
};

const XDOMAIN: MaildropLayout = {
  ...PLAIN,
  virtualDomains: [{ prefix: "abc", dropPath: "/var/spool/mail/xdomain" }],
};

const TWO: MaildropLayout = {
  ...PLAIN,
  virtualDomains: [
    { prefix: "Btwo", dropPath: "/var/spool/mail/B" },
    { prefix: "C", dropPath: "/var/spool/mail/domaintwo" },
  ],
};

Deno.test("maildropPaths() puts drop files where the documents say", async (t) => {
  const cases = [
    { line: "000:1868", name: "shaun", layout: PLAIN, want: "/var/spool/mail/shaun" },
    {
      line: "000:1886",
      name: "shaun",
      layout: { ...PLAIN, hashSpool: 2 },
      want: "/var/spool/mail/s/h/shaun",
    },
    { line: "001:367", name: "abc_fred", layout: ABC, want: "/mail/abc_com/abc_fred" },
    {
      line: "001:368",
      name: "abc_fred",
      layout: { ...ABC, dropPrefix: false },
      want: "/mail/abc_com/fred",
    },
    {
      line: "001:400",
      name: "abc_fred",
      layout: { ...XDOMAIN, dropPrefix: false },
      want: "/var/spool/mail/xdomain/fred",
    },
    {
      line: "001:402",
      name: "abc_fred",
      layout: XDOMAIN,
      want: "/var/spool/mail/xdomain/abc_fred",
    },
    { line: "001:306", name: "btwo_fred", layout: TWO, want: "/var/spool/mail/B/Btwo_fred" },
    { line: "001:307", name: "c_fred", layout: TWO, want: "/var/spool/mail/domaintwo/C_fred" },
    { line: "001:329", name: "fred", layout: TWO, want: "/var/spool/mail/fred" },
  ] as const;
  for (const { line, name, layout, want } of cases) {
    await t.step(`${line} ${name}`, () => {
      strictEqual(maildropPaths(name, layout).dropFile, want);
      strictEqual(maildropNameAt(want, layout), name);
    });
  }
});

Deno.test("maildropPaths() puts the other files of a maildrop where the documents say", async (t) => {
  const hashed = { ...ABC, hashSpool: 2 } as const;
  const apart = { ...hashed, binPath: "/var/bins", dropPrefix: false } as const;
  const windows = {
    ...PLAIN,
    main: { dropPath: "d:\\dmail\\in" },
    virtualDomains: [{ prefix: "dom1", dropPath: "d:\\dmail\\in" }],
    hashSpool: 2,
  } as const;
  const cases = [
    {
      line: "000:1877-1881",
      name: "shaun",
      layout: PLAIN,
      want: { binDir: "/var/spool/mail/shaun.bin", infoFile: "/var/spool/mail/shaun_inf" },
    },
    {
      line: "000:1886-1888",
      name: "shaun",
      layout: hashed,
      want: { binDir: "/var/spool/mail/s/h/shaun.bin", infoFile: "/var/spool/mail/s/h/shaun_inf" },
    },
    {
      // The letters in the document are of neither name (A19).
      line: "002:43",
      name: "dom1_bob",
      layout: windows,
      want: { forwardFile: "d:\\dmail\\in/b/o/dom1_bob.fwd" },
    },
    {
      line: "001:335",
      name: "abc_fred",
      layout: { ...ABC, dropPrefix: false },
      want: { binDir: "/mail/abc_com/fred.bin" },
    },
    {
      line: "001:331-334",
      name: "abc_fred",
      layout: apart,
      want: {
        dropFile: "/mail/abc_com/f/r/fred",
        forwardFile: "/mail/abc_com/f/r/fred.fwd",
        binDir: "/var/bins/abc_fred.bin",
        infoFile: "/var/bins/abc_fred_inf",
      },
    },
    { line: "001:331-334", name: "fred", layout: apart, want: { binDir: "/var/bins/fred.bin" } },
    {
      line: "hash_bindir",
      name: "abc_fred",
      layout: { ...apart, hashBinDir: true },
      want: { binDir: "/var/bins/f/r/abc_fred.bin", infoFile: "/var/bins/f/r/abc_fred_inf" },
    },
  ];
  for (const { line, name, layout, want } of cases) {
    await t.step(`${line} ${name}`, () => {
      const paths = maildropPaths(name, layout);
      assertEquals({ ...paths, ...want }, paths);
    });
  }
});

Deno.test("maildropPaths() makes hash directories that every file system takes (A19)", async (t) => {
  const cases = [
    { name: "ab", levels: "a/b" },
    { name: "a", levels: "a/_" },
    { name: "a.b", levels: "a/_" },
    { name: "o'brien", levels: "o/_" },
    { name: "_x", levels: "_/x" },
    { name: "-7", levels: "_/7" },
    { name: "jürgen", levels: "j/ü" },
    { name: "𝒳y", levels: "𝒳/y" },
    { name: "Shaun", levels: "s/h" },
    { name: "abc_fred", levels: "f/r" },
    { name: "abc_f", levels: "f/_" },
  ];
  const layout = {
    ...PLAIN,
    virtualDomains: [{ prefix: "abc", dropPath: PLAIN.main.dropPath }],
    hashSpool: 2,
  } as const;
  for (const { name, levels } of cases) {
    await t.step(name, () => {
      const want = `/var/spool/mail/${levels}/${name.toLowerCase()}`;
      strictEqual(maildropPaths(name, layout).dropFile, want);
    });
  }
});

Deno.test("maildropPaths() keeps the letters of hash_spool 1 for ever", async (t) => {
  const layout = { ...ABC, hashSpool: 1 } as const;
  // On the disks of those who use it.
  const cases = [
    { name: "shaun", want: "/var/spool/mail/i/shaun" },
    { name: "fred", want: "/var/spool/mail/i/fred" },
    { name: "abc_fred", want: "/mail/abc_com/i/abc_fred" },
    { name: "jürgen", want: "/var/spool/mail/f/jürgen" },
  ];
  for (const { name, want } of cases) {
    await t.step(name, () => strictEqual(maildropPaths(name, layout).dropFile, want));
  }
});

Deno.test("maildropPaths() spreads names evenly over the letters of hash_spool 1", () => {
  const layout = { ...PLAIN, hashSpool: 1 } as const;
  const users = Array.from({ length: 26_000 }, (_, number) => `user${number}`);
  const counts = Map.groupBy(users, (name) => maildropPaths(name, layout).dropFile.split("/")[4]);
  strictEqual(counts.size, 26);
  for (const [letter, names] of counts) {
    strictEqual(names.length > 800 && names.length < 1200, true, `${letter}: ${names.length}`);
  }
});

Deno.test("maildropPaths() takes the longer of two prefixes that fit", () => {
  const layout = {
    ...PLAIN,
    virtualDomains: [
      { prefix: "a", dropPath: "/mail/a" },
      { prefix: "a_b", dropPath: "/mail/ab" },
    ],
  };
  strictEqual(maildropPaths("a_b_fred", layout).dropFile, "/mail/ab/a_b_fred");
  strictEqual(maildropPaths("a_bfred", layout).dropFile, "/mail/a/a_bfred");
  strictEqual(maildropPaths("afred", layout).dropFile, "/var/spool/mail/afred");
});

Deno.test("maildropPaths() uses alt_drop_path instead, also for bins that are beside", () => {
  const layout = {
    ...ABC,
    main: { ...ABC.main, altDropPath: "/alt/main" },
    virtualDomains: [{ prefix: "abc", dropPath: "/mail/abc_com", altDropPath: "/alt/abc" }],
  };
  strictEqual(maildropPaths("bob", layout).binDir, "/alt/main/bob.bin");
  strictEqual(maildropPaths("abc_bob", layout).dropFile, "/alt/abc/abc_bob");
  assertEquals(dropDirectories(layout), ["/alt/main", "/alt/abc"]);
});

Deno.test("maildropPaths() refuses names that are not safe, or are those of directories", async (t) => {
  const layout = {
    ...XDOMAIN,
    virtualDomains: [
      ...XDOMAIN.virtualDomains,
      { prefix: "deep", dropPath: "/var/spool/mail/sub/deep" },
      { prefix: "odd", dropPath: "/var/spool/mail/odd.bin" },
    ],
    dropPrefix: false,
    binPath: "/var/spool/mail/bins",
    reserved: ["/var/spool/mail/work/queue"],
  };
  const refused = ["", "../x", "abc_", "abc_.bob", "abc_x.bin", "bob_inf", "xdomain", "sub"];
  for (const name of [...refused, "bins", "work"]) {
    await t.step(name, () => throws(() => maildropPaths(name, layout), RangeError));
  }
  for (const name of ["xdomain2", "queue", "abc_work", "abc_xdomain", "abcx"]) {
    await t.step(name, () => strictEqual(maildropPaths(name, layout).binDir.length > 0, true));
  }
  await t.step("a bin in the place of a directory", () => {
    const { binPath: _, ...beside } = layout;
    throws(() => maildropPaths("odd", beside), RangeError);
  });
});

Deno.test("maildropPaths() knows that Windows has two slashes and no case", () => {
  const layout = {
    ...PLAIN,
    main: { dropPath: "C:\\Mail" },
    virtualDomains: [{ prefix: "abc", dropPath: "c:\\mail\\XDomain" }],
  };
  throws(() => maildropPaths("xdomain", layout), RangeError);
  strictEqual(maildropPaths("abc_xdomain", layout).dropFile, "c:\\mail\\XDomain/abc_xdomain");
});

Deno.test("maildropPaths() gives nobody a device of Windows for a drop file", async (t) => {
  const at = (dropPath: string, bare: string) => ({
    ...PLAIN,
    main: { dropPath },
    virtualDomains: [{ prefix: "v", dropPath: `${dropPath}${bare}` }],
    dropPrefix: false,
  });
  for (const name of ["con", "NUL", "com1", "lpt9.x", "v_aux"]) {
    await t.step(name, () => {
      throws(() => maildropPaths(name, at("d:\\mail", "\\v")), RangeError);
      throws(() => maildropPaths(name, at("\\\\host\\mail", "\\v")), RangeError);
      strictEqual(maildropPaths(name, at("/mail", "/v")).dropFile.startsWith("/mail"), true);
    });
  }
  for (const name of ["connie", "com", "com10", "nul_x"]) {
    await t.step(name, () => {
      strictEqual(maildropPaths(name, at("d:\\mail", "\\v")).dropFile, `d:\\mail/${name}`);
    });
  }
});

Deno.test("maildropNameAt() knows a drop file by any slashes", () => {
  for (const path of ["/var/spool/mail//bob", "/var//spool/./mail/.//bob"]) {
    strictEqual(maildropNameAt(path, PLAIN), "bob");
  }
  const windows = { ...PLAIN, main: { dropPath: "C:\\Mail" } };
  for (const path of ["c:\\mail\\BOB", "C:/Mail/bob", "C:\\Mail\\\\bob"]) {
    strictEqual(maildropNameAt(path, windows), "bob");
  }
  strictEqual(
    maildropNameAt("\\\\host\\mail\\bob", { ...PLAIN, main: { dropPath: "\\\\host\\mail" } }),
    "bob",
  );
});

Deno.test("maildropNameAt() knows no name where there is no drop file", async (t) => {
  const layout = { ...ABC, dropPrefix: false, hashSpool: 2 } as const;
  const paths = [
    "/var/spool/mail",
    "/var/spool/mail/shaun",
    "/var/spool/mail/s/h/fred",
    "/var/spool/mail/s/h/Shaun",
    "/var/spool/mail/s/h/shaun_inf",
    "/var/spool/mail/s/h/shaun.bin",
    "/var/spool/mail/a/b/abc_fred",
    "/mail/abc_com/s/h/fred",
    "shaun",
    "",
  ];
  for (const path of paths) {
    await t.step(path, () => strictEqual(maildropNameAt(path, layout), undefined));
  }
});
