import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import { type BombOptions, createBombs } from "../../../../src/domain/bomb/mod.ts";
import { MAX_FILE_OCTETS, MAX_FILES } from "../../../../src/domain/bomb/evidence.ts";
import { readHeader } from "../../../../src/formats/header.ts";
import { parseIpList } from "../../../../src/formats/ip_list.ts";
import { parseWildcardList } from "../../../../src/formats/wildcard.ts";
import { diskFiles, type Files } from "../../../../src/platform/mod.ts";
import { collected } from "../../../support/chunks.ts";
import { faultyFiles } from "../../../support/faulty_files.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { octetsOf } from "../../../support/octet_text.ts";
import { RememberingLog } from "../../../support/remembering_log.ts";
import { tempDir } from "../../../support/temp_dir.ts";

const BOMB = "Subject: bang\r\nMessage-ID: <1@x>\r\n\r\nthe same again\r\n";

const HOUR_MS = 3_600_000;

async function setUp(
  { files = diskFiles(), ...changes }: Partial<BombOptions> & { files?: Files },
) {
  const dir = await tempDir();
  const clock = new ManualClock();
  const log = new RememberingLog();
  const options = {
    ...{ max: 2, decreasePerHour: 1, maxEntries: 100, directory: `${dir.path}/bomb` },
    ...{ exceptFrom: [], exceptTo: [], exceptIp: [] },
    ...changes,
  };
  const bombs = createBombs({ options: () => options, files, clock, log });
  return {
    ...{ clock, log, options },
    /** The message as it goes on, or that it was suspected. */
    async judge(text = BOMB, facts: { sender?: string; to?: string[]; address?: string } = {}) {
      const { sender = "a@b.test", to = ["bob@x"], address = "10.1.1.1" } = facts;
      const header = await readHeader([octetsOf(text)]);
      const verdict = await bombs.judge({ sender, recipients: to, address, header });
      if (verdict.kind === "suspected") return "suspected";
      const { bytes, rest } = verdict.message;
      return await collected([bytes]) + await collected(rest);
    },
    async kept() {
      const names = await Array.fromAsync(Deno.readDir(options.directory), ({ name }) => name);
      return names.sort();
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

Deno.test("judge() passes on what it takes, every octet of it", async () => {
  await using rig = await setUp({});
  const large = `Subject: x\r\n\r\n${"line\r\n".repeat(20_000)}`;
  strictEqual(await rig.judge(large), large);
});

Deno.test("judge() suspects the copies of one message whoever they are for, and says so once", async () => {
  await using rig = await setUp({});
  for (const to of ["ann@x", "bob@x"]) strictEqual(await rig.judge(BOMB, { to: [to] }), BOMB);
  for (const to of ["carl@x", "dora@x", "emil@x"]) {
    const copy = BOMB.replace("1@x", to);
    strictEqual(await rig.judge(copy, { to: [to] }), "suspected");
  }
  assertEquals(rig.log.events("warn"), ["Suspected a mail bomb, refusing more of it for now"]);
  strictEqual(await rig.judge(BOMB.replace("bang", "another")) === "suspected", false);
});

Deno.test("judge() counts a message for many recipients once", async () => {
  await using rig = await setUp({ max: 1 });
  const to = Array.from({ length: 60 }, (_, n) => `user${n}@x`);
  strictEqual(await rig.judge(BOMB, { to }), BOMB);
});

Deno.test("judge() takes as many as the count has fallen, also by what is set since", async () => {
  await using rig = await setUp({});
  await rig.judge();
  await rig.judge();
  await rig.clock.advance(HOUR_MS);
  strictEqual(await rig.judge(), BOMB);
  strictEqual(await rig.judge(), "suspected");
  rig.options.max = 5;
  strictEqual(await rig.judge(), BOMB);
});

Deno.test("judge() never suspects", async (t) => {
  const cases = [
    { name: "anything when max is 0", options: { max: 0 }, facts: {} },
    { name: "a sender", options: { exceptFrom: parseWildcardList("*@b.test") }, facts: {} },
    { name: "a recipient", options: { exceptTo: parseWildcardList("bob@x") }, facts: {} },
    { name: "an address", options: { exceptIp: parseIpList("10.1.*") }, facts: {} },
  ];
  for (const { name, options, facts } of cases) {
    await t.step(name, async () => {
      await using rig = await setUp(options);
      for (let n = 0; n < 5; n++) strictEqual(await rig.judge(BOMB, facts), BOMB);
    });
  }
});

Deno.test("judge() suspects a message of which only one recipient is excepted", async () => {
  await using rig = await setUp({ max: 1, exceptTo: parseWildcardList("list@x") });
  const facts = { to: ["list@x", "bob@x"] };
  await rig.judge(BOMB, facts);
  strictEqual(await rig.judge(BOMB, facts), "suspected");
});

Deno.test("judge() keeps the first copies for the administrator, bounded", async () => {
  await using rig = await setUp({ max: 1 });
  const large = `${BOMB}${"x".repeat(2 * MAX_FILE_OCTETS)}\r\n`;
  for (let n = 0; n < 7; n++) await rig.judge(large, { to: ["ann@x", "bob@x"] });
  const names = await rig.kept();
  strictEqual(names.length, 3);
  for (const name of names) match(name, /^\d{8}T\d{6}-[\da-f]{8}-[123]\.msg$/);
  const text = await Deno.readTextFile(`${rig.options.directory}/${names[0]}`);
  match(text, /^X-Envelope-From: <a@b.test>\r\nX-Envelope-To: <ann@x> and 1 more\r\nX-Client: 10/);
  match(text, /\r\nSubject: bang\r\n/);
  strictEqual(text.length, MAX_FILE_OCTETS);
});

Deno.test("judge() makes room for newer bombs", async () => {
  await using rig = await setUp({ max: 1 });
  await Deno.mkdir(rig.options.directory);
  await Deno.writeTextFile(`${rig.options.directory}/notes.txt`, "the administrator's own");
  for (let n = 0; n < MAX_FILES; n++) {
    const name = `20200101T0000${String(n % 60).padStart(2, "0")}-0123abcd-${n}.msg`;
    await Deno.writeTextFile(`${rig.options.directory}/${name}`, "old");
  }
  await rig.judge();
  await rig.judge();
  const names = await rig.kept();
  strictEqual(names.length, MAX_FILES + 1);
  strictEqual(names.includes("notes.txt"), true);
  strictEqual(names.some((name) => !name.startsWith("20200101") && name !== "notes.txt"), true);
});

for (const failAt of [1, 2, 3]) {
  Deno.test(`judge() suspects and leaves nothing behind when disk call ${failAt} fails`, async () => {
    const error = new Error("Input/output error (os error 5)");
    const { files } = faultyFiles(diskFiles(), { failAt, error });
    await using rig = await setUp({ max: 1, files });
    await rig.judge();
    strictEqual(await rig.judge(), "suspected");
    assertEquals(rig.log.events("warn").slice(1), ["Cannot keep a suspected mail bomb"]);
    assertEquals(await rig.kept().catch(() => []), []);
    strictEqual(await rig.judge(), "suspected");
    strictEqual((await rig.kept()).length, 1);
  });
}
