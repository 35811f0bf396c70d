import { deepStrictEqual as equal, match, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Log, systemRandom } from "../../../src/platform/mod.ts";
import { isQueueId, openSpool, type Spool, type SpoolState } from "../../../src/store/mod.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { tempDir } from "../../support/temp_dir.ts";

const BODY = "Subject: hi\r\n\r\n.\r\nbare \r and \n stay\r\n";
const ENVELOPE = {
  sender: "ann@example.org",
  recipients: [{ address: "bob@example.net", notify: ["FAILURE"], orcpt: "rfc822;bob+40x" }],
  ret: "HDRS",
  envid: "QQ314159",
} as const;
const ORIGIN = { kind: "network", address: "127.0.0.1" } as const;

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (stream: ReadableStream<Uint8Array>) => new Response(stream as BodyInit).text();

function open(path: string, { clock = new ManualClock(), log = silentLog } = {}): Promise<Spool> {
  return openSpool({ path, files: diskFiles(), clock, random: systemRandom, log });
}

function commit(spool: Spool, id = spool.newId()) {
  return spool.commit({ id, envelope: ENVELOPE, origin: ORIGIN }, [bytes(BODY)]);
}

const names = async (path: string) =>
  (await Array.fromAsync(Deno.readDir(path), (entry) => entry.name)).sort();

const STATE: SpoolState = {
  held: true,
  recipients: [{
    address: "bob@example.net",
    settled: ["relay:bob@example.net"],
    finished: false,
    attempts: 2,
    firstAttemptMs: 1000,
    nextAttemptMs: 2000,
    lastReason: "busy",
  }],
};

Deno.test("openSpool() makes its directory", async () => {
  await using dir = await tempDir();
  await open(`${dir.path}/work/queue`);
  ok((await Deno.stat(`${dir.path}/work/queue`)).isDirectory);
});

Deno.test("commit() writes one file: a line of JSON, then the message as it came", async () => {
  await using dir = await tempDir();
  const message = await commit(await open(dir.path));
  const [line, ...rest] = (await Deno.readTextFile(`${dir.path}/${message.id}.msg`)).split("\n");
  const record = JSON.parse(line!);
  strictEqual(record.v, 1);
  strictEqual(record.sender, "ann@example.org");
  strictEqual(rest.join("\n"), BODY);
  equal(await names(dir.path), [`${message.id}.msg`]);
});

Deno.test("commit() tells the size of the message alone, and open() reads it from the start", async () => {
  await using dir = await tempDir();
  const message = await commit(await open(dir.path));
  strictEqual(message.sizeOctets, BODY.length);
  strictEqual(await textOf(message.open()), BODY);
  strictEqual(await textOf(message.open()), BODY);
});

Deno.test("commit() takes a body in many pieces of one buffer that is filled again", async () => {
  await using dir = await tempDir();
  async function* body() {
    const buffer = new Uint8Array(1000);
    for (let i = 0; i < 300; i++) {
      buffer.fill(65 + i % 26);
      yield buffer;
      await Promise.resolve();
    }
  }
  const spool = await open(dir.path);
  const message = await spool.commit(
    { id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN },
    body(),
  );
  strictEqual(message.sizeOctets, 300_000);
  const text = await textOf(message.open());
  for (let i = 0; i < 300; i++) strictEqual(text[i * 1000], String.fromCharCode(65 + i % 26));
});

Deno.test("commit() leaves nothing behind when the body fails half-way", async () => {
  await using dir = await tempDir();
  const spool = await open(dir.path);
  async function* body() {
    yield bytes("half");
    await Promise.resolve();
    throw new Error("connection reset");
  }
  const draft = { id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN };
  await rejects(spool.commit(draft, body()), /connection reset/);
  equal(await names(dir.path), []);
});

Deno.test("load() finds again what was committed, oldest first, with its state", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const spool = await open(dir.path, { clock });
  const first = await commit(spool);
  await clock.advance(5);
  const second = await commit(spool);
  await spool.saveState(second.id, STATE);
  const items = await Array.fromAsync((await open(dir.path)).load());
  equal(items.map(({ message }) => message.id), [first.id, second.id]);
  equal(items.map(({ state }) => state), [undefined, STATE]);
  for (const { message } of items) {
    equal(message.envelope, ENVELOPE);
    equal(message.origin, ORIGIN);
    strictEqual(message.sizeOctets, BODY.length);
    strictEqual(await textOf(message.open()), BODY);
  }
  strictEqual(items[0]?.message.submittedAtMs, first.submittedAtMs);
});

Deno.test("load() brings back every kind of origin and a null sender", async (t) => {
  const origins = [
    { kind: "network", address: "192.0.2.1", user: "ann" },
    { kind: "fetched", account: "office@isp", uidl: "a\u2028b" },
    { kind: "local", by: "dsn" },
  ] as const;
  for (const origin of origins) {
    await t.step(origin.kind, async () => {
      await using dir = await tempDir();
      const spool = await open(dir.path);
      const envelope = { sender: "", recipients: [{ address: 'a"\n b@x' }], smtpUtf8: true };
      await spool.commit({ id: spool.newId(), envelope, origin }, []);
      const [item] = await Array.fromAsync((await open(dir.path)).load());
      equal(item?.message.origin, origin);
      equal(item?.message.envelope, envelope);
      strictEqual(item?.message.sizeOctets, 0);
    });
  }
});

Deno.test("load() clears away what a crash left, and nothing else", async () => {
  await using dir = await tempDir();
  const { id } = await commit(await open(dir.path));
  const gone = id.slice(0, 15) + (id.endsWith("0") ? "1" : "0");
  const kept = [`${id}.msg`, "README", "backup.tmp"];
  const left = [`${gone}.tmp`, `${gone}.state`, `${id}.state.tmp`];
  for (const name of [...kept.slice(1), ...left]) {
    await Deno.writeTextFile(`${dir.path}/${name}`, "");
  }
  await Array.fromAsync((await open(dir.path)).load());
  equal(await names(dir.path), kept.sort());
});

Deno.test("load() reports what it cannot read and leaves it where it is", async (t) => {
  const id = "0000000000000000";
  const line = JSON.stringify({
    v: 1,
    id,
    sender: "",
    recipients: [],
    origin: { kind: "local", by: "test" },
    submittedAtMs: 0,
  });
  const damaged = [
    { name: "empty", msg: "" },
    { name: "no line end", msg: line },
    { name: "not JSON", msg: "Received: from\n" },
    { name: "null", msg: "null\n" },
    { name: "later version", msg: line.replace('"v":1', '"v":2') + "\n" },
    { name: "name of another", msg: line.replace(id, "1".repeat(16)) + "\n" },
    { name: "id that is a path", msg: line.replace(id, "../../etc/passwd") + "\n" },
    { name: "recipients as text", msg: line.replace("[]", '"x"') + "\n" },
    { name: "unknown origin", msg: line.replace("local", "dream") + "\n" },
    { name: "not UTF-8", msg: line.replace("test", "\u{dc80}test") + "\n" },
    { name: "damaged state", msg: line + "\n", state: "{" },
    { name: "state of another", msg: line + "\n", state: JSON.stringify({ v: 1, ...STATE }) },
  ];
  for (const { name, msg, state } of damaged) {
    await t.step(name, async () => {
      await using dir = await tempDir();
      const raw = bytes(msg).map((octet) => octet === 0xef ? 0xff : octet);
      await Deno.writeFile(`${dir.path}/${id}.msg`, raw);
      if (state !== undefined) await Deno.writeTextFile(`${dir.path}/${id}.state`, state);
      const before = await names(dir.path);
      const errors: string[] = [];
      const log: Log = { ...silentLog, error: (_event, fields) => errors.push(`${fields?.id}`) };
      equal(await Array.fromAsync((await open(dir.path, { log })).load()), []);
      equal(errors, [id]);
      equal(await names(dir.path), before);
    });
  }
});

Deno.test("remove() leaves neither message nor state, and twice is harmless", async () => {
  await using dir = await tempDir();
  const spool = await open(dir.path);
  const { id } = await commit(spool);
  await spool.saveState(id, STATE);
  strictEqual(await spool.has(id), true);
  await spool.remove(id);
  await spool.remove(id);
  strictEqual(await spool.has(id), false);
  equal(await names(dir.path), []);
});

Deno.test("newId() never repeats and always sorts later, also when the clock is set back", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const spool = await open(dir.path, { clock });
  const ids: string[] = [];
  for (let i = 0; i < 1000; i++) {
    if (i % 100 === 50) clock.setWall(clock.now() - 3_600_000);
    if (i % 10 === 0) await clock.advance(1);
    ids.push(spool.newId());
  }
  strictEqual(new Set(ids).size, ids.length);
  equal([...ids].sort(), ids);
});

Deno.test("newId() is safe as a file name whatever the clock says", async (t) => {
  await using dir = await tempDir();
  for (const nowMs of [0, -1, 1.5, Date.UTC(2024, 0, 1), 2 ** 45, Number.MAX_SAFE_INTEGER]) {
    await t.step(String(nowMs), async () => {
      const id = (await open(dir.path, { clock: new ManualClock(nowMs) })).newId();
      match(id, /^[0-9A-HJKMNP-TV-Z]{16}$/);
      ok(isQueueId(id));
    });
  }
});

Deno.test("newId() differs after a restart within the same millisecond", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => (await open(dir.path, { clock })).newId()),
  );
  strictEqual(new Set(ids).size, ids.length);
});

Deno.test("isQueueId() refuses what is not written like one", async (t) => {
  const cases = [
    "",
    "0".repeat(15),
    "0".repeat(17),
    "i".repeat(16),
    "U".repeat(16),
    "../..//../../../",
  ];
  for (const text of cases) {
    await t.step(JSON.stringify(text), () => strictEqual(isQueueId(text), false));
  }
});
