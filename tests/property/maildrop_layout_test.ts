import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  isMaildropName,
  layoutComplaints,
  type MaildropLayout,
  maildropNameAt,
  type MaildropPaths,
  maildropPaths,
  type VirtualDrop,
} from "../../src/store/mod.ts";

/** Directories that are beside, in and among the levels of each other. */
const directory = fc.constantFrom("/mail", "/mail/abc", "/mail/a", "/mail/a/b", "/alt", "/bin");
const prefix = fc.constantFrom("a", "abc", "a_b", "A", "abc_d");

const virtualDomain: fc.Arbitrary<VirtualDrop> = fc.record(
  { prefix, dropPath: directory, altDropPath: directory },
  { requiredKeys: ["prefix", "dropPath"] },
);

const layout: fc.Arbitrary<MaildropLayout> = fc.record({
  main: fc.record({ dropPath: directory, altDropPath: directory }, { requiredKeys: ["dropPath"] }),
  virtualDomains: fc.array(virtualDomain, { maxLength: 4 }),
  separator: fc.constantFrom("_", "-", "."),
  dropPrefix: fc.boolean(),
  hashSpool: fc.constantFrom(0 as const, 1 as const, 2 as const),
  binPath: directory,
  hashBinDir: fc.boolean(),
  reserved: fc.constant(["/mail/work"]),
}, {
  requiredKeys: [
    "main",
    "virtualDomains",
    "separator",
    "dropPrefix",
    "hashSpool",
    "hashBinDir",
    "reserved",
  ],
});

/** Names that come close to each other, and any others. */
const name = fc.oneof(
  fc.array(fc.constantFrom("a", "b", "abc", "_", "-", ".", "B", "ü", "work", ".bin"), {
    minLength: 1,
    maxLength: 5,
  }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 90 }),
);

function pathsOrNothing(name: string, layout: MaildropLayout): MaildropPaths | undefined {
  try {
    return maildropPaths(name, layout);
  } catch (error) {
    ok(error instanceof RangeError, String(error));
    return undefined;
  }
}

function isMixed(layout: MaildropLayout): boolean {
  return layoutComplaints(layout).some(({ kind }) => kind === "mixed");
}

Deno.test("maildropPaths() stays below its directories, for every name it accepts", () => {
  fc.assert(
    fc.property(name, layout, (name, layout) => {
      const paths = pathsOrNothing(name, layout);
      if (!isMaildropName(name.toLowerCase())) return strictEqual(paths, undefined);
      if (paths === undefined) return;
      const { main, virtualDomains, binPath } = layout;
      const bases = [main, ...virtualDomains].map((each) => each.altDropPath ?? each.dropPath);
      for (const path of Object.values(paths) as string[]) {
        ok([...bases, binPath].some((base) => base && path.startsWith(`${base}/`)), path);
        ok(path.split("/").every((part) => part !== "." && part !== ".."), path);
        ok(![...bases, "/mail/work"].some((base) => `${base}/`.startsWith(`${path}/`)), path);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("maildropPaths() gives no path to two names that differ in more than case", () => {
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 12 }), layout, (names, layout) => {
      fc.pre(!isMixed(layout));
      const owners = new Map<string, string>();
      const directories = new Set<string>();
      for (const name of names) {
        for (const path of Object.values(pathsOrNothing(name, layout) ?? {}) as string[]) {
          const owner = owners.get(path);
          ok(owner === undefined || owner === name.toLowerCase(), `${path} of ${owner}`);
          owners.set(path, name.toLowerCase());
          for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
            directories.add(path.slice(0, at));
          }
        }
      }
      for (const path of owners.keys()) ok(!directories.has(path), `${path} is a directory`);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("maildropNameAt() finds the name again, and no other", () => {
  fc.assert(
    fc.property(name, layout, (name, layout) => {
      fc.pre(!isMixed(layout));
      const paths = pathsOrNothing(name, layout);
      fc.pre(paths !== undefined);
      strictEqual(maildropNameAt(paths.dropFile, layout), name.toLowerCase());
      strictEqual(maildropNameAt(paths.infoFile, layout), undefined);
    }),
    { numRuns: 2000 },
  );
});
