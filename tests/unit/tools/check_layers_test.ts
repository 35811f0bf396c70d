import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { problems } from "../../../tools/layers/rules.ts";
import { tokens } from "../../../tools/layers/tokens.ts";

function check(path: string, text: string): readonly string[] {
  return problems(new Map([[path, text]]));
}

Deno.test("problems() lets pass what the layers allow", async (t) => {
  const cases = [
    { path: "main.ts", text: `import { main } from "./src/app/mod.ts"; Deno.exit(1);` },
    { path: "src/app/mod.ts", text: `import "../config/mod.ts"; import "./commands/help.ts";` },
    { path: "src/app/version.ts", text: `import x from "../../deno.json" with { type: "json" };` },
    { path: "src/servers/pop3d/mod.ts", text: `import "../../store/mod.ts"; import "./pass.ts";` },
    { path: "src/domain/queue/queue.ts", text: `export * from "../link/mod.ts";` },
    { path: "src/store/spool.ts", text: `import { parse } from "../formats/header.ts";` },
    { path: "src/formats/header.ts", text: `import { x } from "./address.ts";` },
    { path: "src/platform/clock.ts", text: `import "node:fs"; Deno.cwd(); Date.now();` },
    { path: "src/servers/httpd/page.ts", text: `import { html } from "hono/html";` },
    { path: "src/store/a.ts", text: `const at = new Date(clock.now()); Date.UTC(2024, 0);` },
    { path: "src/store/a.ts", text: `import type { X } from "./b.ts"; Array.from("../app/x.ts");` },
    { path: "src/store/a.ts", text: 'const from = 1; const s = `${from}` + `from "../app/x.ts"`;' },
  ];
  for (const { path, text } of cases) {
    await t.step(`${path}: ${text}`, () => deepStrictEqual(check(path, text), []));
  }
});

Deno.test("problems() names file, line and what is wrong with an import", async (t) => {
  const cases = [
    {
      path: "src/store/spool.ts",
      text: `\n\nimport { x } from "../domain/queue/mod.ts";`,
      want: "src/store/spool.ts:3: imports upward: src/domain/queue/mod.ts",
    },
    {
      path: "src/servers/pop3d/mod.ts",
      text: `import { x } from "../smtpd/mod.ts";`,
      want: "src/servers/pop3d/mod.ts:1: imports its neighbour: src/servers/smtpd/mod.ts",
    },
    {
      path: "src/agents/mda/mod.ts",
      text: `export * from "../../store/spool.ts";`,
      want: "src/agents/mda/mod.ts:1: reaches past mod.ts: src/store/spool.ts",
    },
    {
      path: "src/domain/queue/mod.ts",
      text: `export { x } from "../link/ledger/mod.ts";`,
      want: "src/domain/queue/mod.ts:1: reaches past mod.ts: src/domain/link/ledger/mod.ts",
    },
    {
      path: "src/store/spool.ts",
      text: `type Q = import("../domain/queue/mod.ts").Q;`,
      want: "src/store/spool.ts:1: imports upward: src/domain/queue/mod.ts",
    },
    {
      path: "src/store/spool.ts",
      text: `const x = await import(\n  '../app/mod.ts'\n);`,
      want: "src/store/spool.ts:2: imports upward: src/app/mod.ts",
    },
    {
      path: "src/store/spool.ts",
      text: "const x = await import(`../app/${name}.ts`);",
      want: "src/store/spool.ts:1: imports what only a run could tell, expected a string in quotes",
    },
    {
      path: "src/store/spool.ts",
      text: "const x = await import(name);",
      want: "src/store/spool.ts:1: imports what only a run could tell, expected a string in quotes",
    },
    {
      path: "src/store/spool.ts",
      text: `import "../../tests/support/temp_dir.ts";`,
      want: "src/store/spool.ts:1: imports tests/support/temp_dir.ts, which is outside src/",
    },
    {
      path: "main.ts",
      text: `import { x } from "./src/store/mod.ts";`,
      want: "main.ts:1: imports src/store/mod.ts, expected only src/app/mod.ts",
    },
  ];
  for (const { path, text, want } of cases) {
    await t.step(want, () => deepStrictEqual(check(path, text), [want]));
  }
});

Deno.test("problems() knows where packages and the machine are at home", async (t) => {
  const cases = [
    {
      path: "src/store/a.ts",
      text: `import { readFileSync } from "node:fs";`,
      want: "src/store/a.ts:1: imports node:fs outside platform/",
    },
    {
      path: "src/domain/queue/a.ts",
      text: `import { Hono } from "hono";`,
      want: "src/domain/queue/a.ts:1: imports hono, which only src/servers/httpd/ may",
    },
    {
      path: "src/store/a.ts",
      text: `import leftPad from "left-pad";`,
      want:
        "src/store/a.ts:1: imports left-pad, a package that tools/layers/rules.ts does not know",
    },
    {
      path: "src/store/a.ts",
      text: `import x from "npm:hono@4";`,
      want: "src/store/a.ts:1: imports npm:hono@4, expected a name from the imports of deno.json",
    },
    {
      path: "src/store/a.ts",
      text: `\nDeno.cwd();`,
      want: "src/store/a.ts:2: uses Deno, expected platform/",
    },
    {
      path: "src/store/a.ts",
      text: "const text = `${Deno.pid}`;",
      want: "src/store/a.ts:1: uses Deno, expected platform/",
    },
    {
      path: "src/app/a.ts",
      text: `const { exit } = Deno;`,
      want: "src/app/a.ts:1: uses Deno, expected platform/",
    },
    {
      path: "src/app/a.ts",
      text: `const now = Date.now();`,
      want: "src/app/a.ts:1: uses Date.now(), expected Clock",
    },
    {
      path: "src/app/a.ts",
      text: `const now = new Date();`,
      want: "src/app/a.ts:1: uses new Date(), expected Clock",
    },
    {
      path: "src/app/a.ts",
      text: `setTimeout(again, 500);`,
      want: "src/app/a.ts:1: uses a timer, expected Clock",
    },
    {
      path: "src/app/a.ts",
      text: `const id = Math.random();`,
      want: "src/app/a.ts:1: uses Math.random(), expected Random",
    },
    {
      path: "src/helpers/a.ts",
      text: "",
      want: "src/helpers/a.ts: is in no layer, expected src/ and one of " +
        "app, config, servers, agents, domain, store, formats, platform",
    },
  ];
  for (const { path, text, want } of cases) {
    await t.step(want, () => deepStrictEqual(check(path, text), [want]));
  }
});

Deno.test("problems() looks at code alone", async (t) => {
  const cases = [
    `// import { x } from "../app/mod.ts"; Deno.exit()`,
    `/* Deno.exit() */ const x = 1;`,
    `/**\n * Like Deno.open().\n * @example import "../app/mod.ts"\n */`,
    `const text = "Deno.exit() from \\"../app/mod.ts\\"";`,
    'const text = `Deno.exit() ${`import "../app/mod.ts"`} Date.now()`;',
    `const pattern = /Deno\\.exit["'\`]/; const x = 1;`,
    `const quote = /["'\`/]/g; const text = "// Deno.exit()";`,
    `interface DenoLike {} const myDeno = x.Deno;`,
    `const half = a / 2; const text = "Deno / x"; const y = b / 3;`,
    `if (x) return /[/"]Deno/.test(y);`,
  ];
  for (const text of cases) {
    await t.step(text, () => deepStrictEqual(check("src/store/a.ts", text), []));
  }
});

Deno.test("problems() sees code behind strings, templates and regular expressions", async (t) => {
  const cases = [
    `const quote = /["'\`/]/g; Deno.exit();`,
    "const text = `a ${b + `{c ${d}`} e`; Deno.exit();",
    "const text = `${{ a: 1 }.a}`; Deno.exit();",
    `const text = "it's"; Deno.exit();`,
    `const half = a / 2; Deno.exit(); const y = b / 3;`,
    `const url = "http://x"; Deno.exit();`,
    `/* a */ Deno.exit(); /* b */`,
  ];
  for (const text of cases) {
    await t.step(text, () => {
      deepStrictEqual(check("src/store/a.ts", text), [
        "src/store/a.ts:1: uses Deno, expected platform/",
      ]);
    });
  }
});

Deno.test("tokens() ends, and loses no code, whatever comes in", () => {
  const piece = fc.constantFrom("`", "${", "}", "{", '"', "'", "/", "*", "\\", "\n", "a", " ", "(");
  fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
    const source = pieces.join("");
    const letters = tokens(source).map(({ text }) => text).join("").replaceAll(/[^a]/g, "");
    strictEqual(letters, source.replaceAll(/[^a]/g, ""));
  }));
});
