import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type ConfigResult, formatProblem, loadConfig } from "../../../src/config/mod.ts";
import { systemMachine } from "../../../src/platform/mod.ts";
import { NEEDED_LINES } from "../../support/config_text.ts";
import { faultyFiles } from "../../support/faulty_files.ts";
import { MemoryFiles } from "../../support/memory_files.ts";

const FIRST = NEEDED_LINES.length + 1;

/** Loads a configuration of the needed lines and these; `reads` are the paths that were read. */
async function load(
  lines: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): Promise<{ readonly result: ConfigResult; readonly reads: readonly string[] }> {
  const disk = new MemoryFiles();
  const put = (path: string, text: string) => disk.replace(path, new TextEncoder().encode(text));
  await put("dmail.conf", [...NEEDED_LINES, ...lines].join("\n"));
  for (const [path, text] of Object.entries(texts)) await put(path, text);
  const reads: string[] = [];
  const files = {
    ...disk.files,
    readAll(path: string) {
      reads.push(path);
      return disk.readAll(path);
    },
  };
  const result = await loadConfig({
    ...{ path: "dmail.conf", files, machine: systemMachine, version: "1.0" },
    isPublic: () => Promise.resolve(false),
  });
  return { result, reads };
}

async function problems(
  lines: readonly string[],
  texts: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  return (await load(lines, texts)).result.problems.map(formatProblem);
}

Deno.test("loadConfig() reads each alias file once, with its lines", async () => {
  const { result, reads } = await load([
    "host_domain other.example",
    "alias_file /etc/aliases",
    "alias_file_domain office.example /etc/office",
    "alias_file_domain other.example /etc/office",
    "alias_file_domain *.BÜCHER.example /etc/aliases",
  ], { "/etc/aliases": "# all\nsales: ann\n", "/etc/office": "info: bob@x.example" });
  strictEqual(result.kind, "ok");
  deepStrictEqual(reads, ["dmail.conf", "/etc/aliases", "/etc/office"]);
  if (result.kind !== "ok") return;
  const { aliasFile, aliasFilesOfDomains } = result.config.forwarding;
  deepStrictEqual(aliasFile, {
    path: "/etc/aliases",
    aliases: [{ name: "sales", targets: [{ kind: "address", address: "ann" }], line: 2 }],
  });
  deepStrictEqual(aliasFilesOfDomains.map(({ domain, file }) => `${domain} ${file.path}`), [
    "office.example /etc/office",
    "other.example /etc/office",
    "*.xn--bcher-kva.example /etc/aliases",
  ]);
});

Deno.test("loadConfig() says what is wrong with alias files, by file and line", async (t) => {
  const cases = [
    {
      name: "one that is not there, at the line that names it",
      lines: ["alias_file /etc/aliases"],
      texts: {},
      want: [
        `dmail.conf:${FIRST}: There is no file /etc/aliases: put it there, or correct or remove this line`,
      ],
    },
    {
      name: "bad lines, file by file",
      lines: ["alias_file_domain office.example /b", "alias_file /a"],
      texts: { "/a": "x\n", "/b": "ok: ann\nbad: two words\nok: bob\n" },
      want: [
        '/a:1: x: write "name: destination", as in "sales: anna, fred@x.example"',
        "/b:2: two words: write an address, |program, the whole path of a file, or $user",
        "/b:3: warning: ok stands in line 1 already, this line is not used; " +
        "write all destinations of a name behind one colon",
      ],
    },
    {
      name: "a warning only",
      lines: ["alias_file /a"],
      texts: { "/a": "ok: ann\nok: bob\n" },
      want: [
        "/a:2: warning: ok stands in line 1 already, this line is not used; " +
        "write all destinations of a name behind one colon",
      ],
    },
  ];
  for (const { name, lines, texts, want } of cases) {
    await t.step(name, async () => deepStrictEqual(await problems(lines, texts), want));
  }
});

Deno.test("loadConfig() is not used when an alias file cannot be read", async () => {
  const disk = new MemoryFiles();
  await disk.replace(
    "dmail.conf",
    new TextEncoder().encode([...NEEDED_LINES, "alias_file /a"].join("\n")),
  );
  await disk.replace("/a", new TextEncoder().encode("a: b"));
  const result = await loadConfig({
    ...{ path: "dmail.conf", machine: systemMachine, version: "1.0" },
    files: faultyFiles(disk.files, { failAt: 2, error: new Error("disk") }).files,
    isPublic: () => Promise.resolve(false),
  });
  strictEqual(result.kind, "bad");
  match(formatProblem(result.problems[0]!), /^dmail\.conf:\d+: The file \/a cannot be read \(/);
});

Deno.test("loadConfig() refuses virtual domains that are not told apart", async (t) => {
  const cases = [
    { lines: ["vdomain a 10.0.0.1 a.example /a", "vdomain a /a a.example /a"], want: undefined },
    {
      lines: ["vdomain a 10.0.0.1 a.example /a", "vdomain a 10.0.0.2 b.example /a"],
      want: undefined,
    },
    {
      lines: ["vdomain a 10.0.0.1 a.example /a", "vdomain b 10.0.0.2 A.example /b"],
      want: /vdomain: a\.example has the prefix a already; write one prefix/,
    },
    {
      lines: ["vdomain a 10.0.0.1 a.example /a", "vdomain b 10.0.0.1 b.example /b"],
      want: /vdomain: 10\.0\.0\.1 leads to a\.example already/,
    },
    {
      lines: ["vdomain a /x a.example /a", "vdomain b /X b.example /b"],
      want: /vdomain: \/x leads to a\.example already/,
    },
    {
      lines: ["authent_domain true", "vdomain a /a a.example /a", "vdomain A /b b.example /a"],
      want: /vdomain: a\.example and b\.example have the same maildrops/,
    },
    {
      lines: ["host_domain bücher.example", "vdomain a /a xn--bcher-kva.example /a"],
      want: /vdomain: xn--bcher-kva\.example is a host_domain already/,
    },
  ];
  for (const { lines, want } of cases) {
    await t.step(lines.join(", "), async () => {
      const { result } = await load(lines);
      strictEqual(result.kind, want === undefined ? "ok" : "bad");
      if (want !== undefined) match(result.problems.map(formatProblem).join("\n"), want);
    });
  }
});

Deno.test("loadConfig() warns of home directories that there are not", async () => {
  const [only, ...others] = await problems(["no_dotforward false"]);
  match(
    only ?? "",
    /warning: no_dotforward: there are no home directories with authent_method nwauth/,
  );
  deepStrictEqual(others, []);
});
