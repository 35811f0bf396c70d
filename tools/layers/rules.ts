import { type Token, tokens } from "./tokens.ts";

/** Top to bottom: a layer may import from itself and from the ones below. */
const LAYERS = [
  "app",
  "config",
  "servers",
  "agents",
  "domain",
  "store",
  "formats",
  "platform",
];

/** Layers whose folders are parts of their own, each entered through its `mod.ts`. */
const PARTED = ["servers", "agents", "domain"];

/** Layers whose parts must not know each other. */
const ISOLATED = ["servers", "agents"];

/** The layer without a `mod.ts`: one file there is one format. */
const FLAT = "formats";

/** The adapter of npm:smtp-server. */
const SMTP_ADAPTER: readonly string[] = [
  "src/servers/smtpd/smtp_server_adapter.ts",
  "src/servers/smtpd/session_connection.ts",
  "src/servers/smtpd/smtp_connection.ts",
  "src/servers/smtpd/command_stream.ts",
];

/** Which package is known where; a path that ends in a slash is a folder. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@logtape/logtape": ["src/platform/"],
  "@std/cli": ["main.ts", "src/app/"],
  "asn1js": ["src/app/self_signed.ts"],
  "croner": ["src/domain/", "src/config/"],
  "hono": ["src/servers/httpd/"],
  "pkijs": ["src/app/self_signed.ts"],
  "mailparser": ["src/domain/filter/mime_parts.ts"],
  "smtp-server": SMTP_ADAPTER,
};

/** Adapters of a package that needs `Deno` or `node:` objects handed to it. */
const ADAPTERS: readonly string[] = SMTP_ADAPTER;

/** What reaches for the machine without an import, and what to use instead. */
const AMBIENT: readonly {
  readonly use: RegExp;
  readonly name: string;
  readonly instead: string;
}[] = [
  { use: /(?<![\w$.])Deno\b/, name: "Deno", instead: "platform/" },
  { use: /\bglobalThis\s*\.\s*Deno\b/, name: "Deno", instead: "platform/" },
  { use: /\bDate\s*\.\s*now\b/, name: "Date.now()", instead: "Clock" },
  { use: /\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/, name: "new Date()", instead: "Clock" },
  { use: /\bperformance\s*\.\s*now\b/, name: "performance.now()", instead: "Clock" },
  { use: /(?<![\w$.])set(?:Timeout|Interval)\s*\(/, name: "a timer", instead: "Clock" },
  { use: /\bMath\s*\.\s*random\b/, name: "Math.random()", instead: "Random" },
];

/**
 * Everything wrong with a tree of source files: `path:line: what`, or `path: what`.
 *
 * @param files Text by path from the root of the repository: `main.ts` and all below `src/`.
 */
export function problems(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([path, text]) => {
    if (path !== "main.ts" && !LAYERS.includes(place(path).layer)) {
      return [`${path}: is in no layer, expected src/ and one of ${LAYERS.join(", ")}`];
    }
    return fileProblems(path, text);
  });
}

function fileProblems(path: string, text: string): string[] {
  const found: string[] = [];
  const parts = tokens(text);
  let line = 1;
  for (const [index, token] of parts.entries()) {
    if (token.kind === "code") {
      found.push(...codeProblems(path, token.text, line, parts[index + 1]));
    }
    if (token.kind === "string" && isImport(parts[index - 1])) {
      const problem = importProblem(path, token.text);
      if (problem !== undefined) found.push(`${path}:${line}: ${problem}`);
    }
    line += token.text.split("\n").length - 1;
  }
  return found;
}

/** Whether the string behind this token is a module's name: `from "…"`, `import "…"`, `import("…")`. */
function isImport(before: Token | undefined): boolean {
  return before?.kind === "code" &&
    /(?:(?<![\w$.])import\s*\(?|[\w$}*\s]\s*(?<![\w$.])from)\s*$/.test(before.text);
}

function codeProblems(path: string, code: string, line: number, next: Token | undefined): string[] {
  const found: string[] = [];
  const computed = code.match(/(?<![\w$.])import\s*\(\s*(\S)?/);
  if (computed !== null && (computed[1] !== undefined || next?.kind !== "string")) {
    found.push(`${path}:${line}: imports what only a run could tell, expected a string in quotes`);
  }
  if (path === "main.ts" || place(path).layer === "platform" || ADAPTERS.includes(path)) {
    return found;
  }
  for (const { use, name, instead } of AMBIENT) {
    const at = code.search(use);
    if (at < 0) continue;
    const row = line + code.slice(0, at).split("\n").length - 1;
    found.push(`${path}:${row}: uses ${name}, expected ${instead}`);
  }
  return found;
}

/** Says what is wrong with `path` importing `specifier`. */
function importProblem(path: string, specifier: string): string | undefined {
  if (/^\.{1,2}\//.test(specifier)) {
    const to = new URL(specifier, `file:///${path}`).pathname.slice(1);
    return localProblem(path, to);
  }
  if (specifier.startsWith("node:")) {
    if (place(path).layer === "platform" || ADAPTERS.includes(path)) return undefined;
    return `imports ${specifier} outside platform/`;
  }
  if (/^[a-z]+:/.test(specifier)) {
    return `imports ${specifier}, expected a name from the imports of deno.json`;
  }
  const name = specifier.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] ?? specifier;
  const allowed = PACKAGES[specifier] ?? PACKAGES[name];
  if (allowed === undefined) {
    return `imports ${specifier}, a package that tools/layers/rules.ts does not know`;
  }
  if (allowed.some((place) => (place.endsWith("/") ? path.startsWith(place) : path === place))) {
    return undefined;
  }
  return `imports ${specifier}, which only ${allowed.join(" and ")} may`;
}

function localProblem(path: string, to: string): string | undefined {
  if (path === "main.ts") {
    return to === "src/app/mod.ts" ? undefined : `imports ${to}, expected only src/app/mod.ts`;
  }
  if (!to.startsWith("src/")) {
    // The version stands there, and nowhere else.
    if (to === "deno.json" && place(path).layer === "app") return undefined;
    return `imports ${to}, which is outside src/`;
  }
  const from = place(path);
  const target = place(to);
  if (LAYERS.indexOf(target.layer) < LAYERS.indexOf(from.layer)) return `imports upward: ${to}`;
  if (from.layer === target.layer && from.part === target.part) return undefined;
  if (from.layer === target.layer && ISOLATED.includes(from.layer)) {
    return `imports its neighbour: ${to}`;
  }
  if (target.layer !== FLAT && !isDoor(to, target)) return `reaches past mod.ts: ${to}`;
}

interface Place {
  readonly layer: string;
  /** The folder within a parted layer; empty in the others. */
  readonly part: string;
}

function place(path: string): Place {
  const [, layer = "", part = ""] = path.split("/");
  return { layer, part: PARTED.includes(layer) ? part : "" };
}

function isDoor(path: string, { layer, part }: Place): boolean {
  return path === ["src", layer, ...(part === "" ? [] : [part]), "mod.ts"].join("/");
}
