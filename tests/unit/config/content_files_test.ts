import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { formatProblem, loadConfig, parseConfig } from "../../../src/config/mod.ts";
import { parseIpList } from "../../../src/formats/ip_list.ts";
import { diskFiles, type Machine } from "../../../src/platform/mod.ts";
import { NEEDED_LINES } from "../../support/config_text.ts";
import { tempDir } from "../../support/temp_dir.ts";

const machine: Machine = {
  os: "unix",
  hostname: "box",
  environment: () => undefined,
  userName: () => undefined,
  addresses: () => [],
};

/** Loads a configuration beside files by their names; `DIR` stands for where they are. */
async function loaded(settings: readonly string[], files: Readonly<Record<string, string>>) {
  await using dir = await tempDir();
  const path = `${dir.path}/dmail.conf`;
  const lines = [...NEEDED_LINES, `dsmtp_path ${dir.path}`, ...settings];
  for (const [name, text] of Object.entries({ ...files, "dmail.conf": lines.join("\n") })) {
    await Deno.writeTextFile(`${dir.path}/${name}`, text.replaceAll("DIR", dir.path));
  }
  const result = await loadConfig({ path, files: diskFiles(), machine, version: "1" });
  const problems = result.problems.map((one) => formatProblem(one).replaceAll(dir.path, "DIR"));
  return { result, problems, at: NEEDED_LINES.length + 2 };
}

Deno.test("loadConfig() reads the files of msg_filter and add_footer", async () => {
  const { result, problems } = await loaded(
    ["msg_filter DIR/filter.txt", "add_footer foot.txt office.example,*.example"],
    { "filter.txt": "# none\nreject body happy99.exe\n", "foot.txt": "\uFEFF-- \nOffice\n" },
  );
  assertEquals(problems, []);
  if (result.kind === "bad") throw new Error("It is bad");
  assertEquals(result.config.content.filterRules, [
    { number: 1, test: { kind: "body", text: "happy99.exe" } },
  ]);
  assertEquals(result.config.content.footers, [
    { domains: ["office.example", "*.example"], text: "-- \nOffice\n" },
  ]);
});

Deno.test("loadConfig() says where a file is bad, or where it is named", async (t) => {
  const cases = [
    {
      name: "no filter file",
      settings: ["msg_filter DIR/none.txt"],
      want: /^DIR\/dmail\.conf:\d+: There is no file DIR\/none\.txt: put it there, or correct/,
    },
    {
      name: "a bad rule",
      settings: ["msg_filter DIR/filter.txt"],
      files: { "filter.txt": "reject body ok\n\ndrop everything\n" },
      want: /^DIR\/filter\.txt:3: "drop everything" is not a filter rule: write reject first/,
    },
    {
      name: "a wildcard in a body rule",
      settings: ["msg_filter DIR/filter.txt"],
      files: { "filter.txt": "reject body *.vbs\n" },
      want: /^DIR\/filter\.txt:1: warning: Body rules know no wildcards: write reject body \.vbs$/,
    },
    {
      name: "no footer",
      settings: ["add_footer none.txt office.example"],
      want: /^DIR\/dmail\.conf:\d+: There is no file DIR\/none\.txt: put it there/,
    },
    {
      name: "an empty footer",
      settings: ["add_footer foot.txt office.example"],
      files: { "foot.txt": "\n \n" },
      want: /^DIR\/dmail\.conf:\d+: DIR\/foot\.txt is empty: write the footer into it$/,
    },
    {
      name: "a footer with a long line",
      settings: ["add_footer foot.txt office.example"],
      files: { "foot.txt": `-- \n${"x".repeat(301)}\n` },
      want: /^DIR\/foot\.txt:2: Line with more than 300 characters: write it as several lines$/,
    },
    {
      name: "a footer that is too large",
      settings: ["add_footer foot.txt office.example"],
      files: { "foot.txt": "x\n".repeat(5000) },
      want: /^DIR\/dmail\.conf:\d+: The file DIR\/foot\.txt cannot be read/,
    },
  ];
  for (const { name, settings, files = {}, want } of cases) {
    await t.step(name, async () => {
      const { problems } = await loaded(settings, files);
      strictEqual(problems.length, 1);
      match(problems[0]!, want);
    });
  }
});

Deno.test("the settings about content have their defaults and bounds", async (t) => {
  const content = (...lines: string[]) => {
    const result = parseConfig([...NEEDED_LINES, ...lines].join("\n"));
    return result.kind === "ok" ? result.config.content : undefined;
  };
  assertEquals(content(), {
    filterRules: [],
    footers: [],
    recipientHeader: "",
    bombs: {
      ...{ max: 50, decreasePerHour: 50, maxEntries: 2000 },
      directory: "/srv/dmail/work/bomb",
      ...{ exceptFrom: [], exceptTo: [], exceptIp: parseIpList("127.0.0.0/8,::1") },
    },
  });
  assertEquals(content("bomb_max 50")?.bombs.exceptIp, []);
  strictEqual(content("rcpt_header X-Recip-To:")?.recipientHeader, "X-Recip-To");
  strictEqual(content("bomb_dir /var/bombs/")?.bombs.directory, "/var/bombs");
  assertEquals(
    content("bomb_max 9", "bomb_exception_ip 10.*", "fromip_nolimit 10.1.1.1")?.bombs.exceptIp,
    parseIpList("10.*,10.1.1.1"),
  );
  for (
    const line of ["bomb_max -1", "rcpt_header To", "rcpt_header X Y", "rcpt_header Received:"]
  ) {
    await t.step(`${line} is not valid`, () => strictEqual(content(line), undefined));
  }
});
