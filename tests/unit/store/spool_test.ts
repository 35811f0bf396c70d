import { deepStrictEqual as equal, match, ok, rejects, strictEqual } from "node:assert/strict";
import { diskFiles, type Files, systemRandom } from "../../../src/platform/mod.ts";
import {
  isQueueId,
  openSpool,
  type QueueId,
  type Spool,
  type SpoolState,
} from "../../../src/store/mod.ts";
import { collected } from "../../support/chunks.ts";
import { ManualClock } from "../../support/manual_clock.ts";
import { silentLog } from "../../support/silent_log.ts";
import { spooled } from "../../support/spooled.ts";
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

function open(
  path: string,
  { clock = new ManualClock(), files = diskFiles(), log = silentLog, segmentOctets = 1e7 } = {},
): Promise<Spool> {
  return openSpool({ path, files, clock, random: systemRandom, log, segmentOctets });
}

/** What another run of the program finds. */
async function loaded(path: string): ReturnType<typeof spooled> {
  await using spool = await open(path);
  return await spooled(spool);
}

function commit(spool: Spool, body: Iterable<Uint8Array> = [bytes(BODY)]) {
  return spool.commit({ id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN }, body);
}

/** Too large for the log. */
const LARGE = [new Uint8Array(64 * 1024).fill(65)];

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
    lastAttemptMs: 1500,
    agedMs: 500,
    nextAttemptMs: 2000,
    lastReason: "busy",
  }],
};

Deno.test("openSpool() makes its directory", async () => {
  await using dir = await tempDir();
  await open(`${dir.path}/work/queue`);
  ok((await Deno.stat(`${dir.path}/work/queue`)).isDirectory);
});

Deno.test("commit() of small messages makes one private file, a log that all share", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  await Promise.all([commit(spool), commit(spool), commit(spool)]);
  await commit(spool);
  const [log, ...others] = await names(dir.path);
  match(log!, /^incoming-000001-[0-9a-f]{16}\.log$/);
  equal(others, []);
  const { mode, size } = await Deno.stat(`${dir.path}/${log}`);
  strictEqual(mode! & 0o777, 0o600);
  ok(size > 4 * BODY.length);
});

Deno.test("commit() makes small messages that come at the same time durable with one append", async () => {
  await using dir = await tempDir();
  const appends: number[] = [];
  const real = diskFiles();
  const files: Files = {
    ...real,
    async openAppend(path) {
      const file = await real.openAppend(path);
      return {
        ...file,
        append(octets) {
          appends.push(octets.length);
          return file.append(octets);
        },
      };
    },
  };
  await using spool = await open(dir.path, { files });
  await Promise.all(Array.from({ length: 10 }, () => commit(spool)));
  strictEqual(appends.length, 1);
});

Deno.test("commit() of a large message makes a file of its own at once", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const message = await commit(spool, LARGE);
  equal(await names(dir.path), [`${message.id}.msg`]);
  strictEqual(message.sizeOctets, 64 * 1024);
  strictEqual(await collected(message.open()), "A".repeat(64 * 1024));
});

const waysToAFile: readonly {
  readonly name: string;
  readonly way: (spool: Spool, id: QueueId, clock: ManualClock) => PromiseLike<void>;
}[] = [
  { name: "when its state is saved", way: (spool, id) => spool.saveState(id, STATE) },
  {
    name: "when it is still there after half a minute",
    async way(spool, _id, clock) {
      await clock.advance(30_000);
      await spool.tidy();
    },
  },
  { name: "when the spool is closed", way: (spool) => spool[Symbol.asyncDispose]() },
];

for (const { name, way } of waysToAFile) {
  Deno.test(`a message gets its file ${name}: a line of JSON, then the message as it came`, async () => {
    await using dir = await tempDir();
    const clock = new ManualClock();
    await using spool = await open(dir.path, { clock });
    const message = await commit(spool);
    await way(spool, message.id, clock);
    await spool.tidy(); // Leaves no log without messages.
    const own = (await names(dir.path)).filter((name) => !name.endsWith(".state"));
    equal(own, [`${message.id}.msg`]);
    const [line, ...rest] = (await Deno.readTextFile(`${dir.path}/${message.id}.msg`)).split("\n");
    const record = JSON.parse(line!);
    strictEqual(record.v, 1);
    strictEqual(record.sender, "ann@example.org");
    strictEqual(rest.join("\n"), BODY);
    strictEqual(await collected(message.open()), BODY);
  });
}

Deno.test("commit() tells the size of the message alone, and open() reads it from the start", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const message = await commit(spool);
  strictEqual(message.sizeOctets, BODY.length);
  strictEqual(await collected(message.open()), BODY);
  strictEqual(await collected(message.open()), BODY);
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
  await using spool = await open(dir.path);
  const message = await spool.commit(
    { id: spool.newId(), envelope: ENVELOPE, origin: ORIGIN },
    body(),
  );
  strictEqual(message.sizeOctets, 300_000);
  const text = await collected(message.open());
  for (let i = 0; i < 300; i++) strictEqual(text[i * 1000], String.fromCharCode(65 + i % 26));
});

Deno.test("commit() leaves nothing behind when the body fails half-way", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
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
  await using spool = await open(dir.path, { clock });
  const first = await commit(spool);
  await clock.advance(5);
  const second = await commit(spool);
  await spool.saveState(second.id, STATE);
  await spool[Symbol.asyncDispose]();
  await using again = await open(dir.path);
  const items = await spooled(again);
  equal(items.map(({ message }) => message.id), [first.id, second.id]);
  equal(items.map(({ state }) => state), [undefined, STATE]);
  for (const { message } of items) {
    equal(message.envelope, ENVELOPE);
    equal(message.origin, ORIGIN);
    strictEqual(message.sizeOctets, BODY.length);
    strictEqual(await collected(message.open()), BODY);
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
      await using spool = await open(dir.path);
      const envelope = { sender: "", recipients: [{ address: 'a"\n b@x' }], smtpUtf8: true };
      await spool.commit({ id: spool.newId(), envelope, origin }, []);
      await spool[Symbol.asyncDispose]();
      const [item] = await loaded(dir.path);
      equal(item?.message.origin, origin);
      equal(item?.message.envelope, envelope);
      strictEqual(item?.message.sizeOctets, 0);
    });
  }
});

Deno.test("load() clears away what a crash left, and nothing else", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const { id } = await commit(spool);
  await spool[Symbol.asyncDispose]();
  const gone = id.slice(0, 15) + (id.endsWith("0") ? "1" : "0");
  const kept = [`${id}.msg`, `${gone}.state`, "README", "backup.tmp"];
  const left = [`${gone}.tmp`, `${id}.state.tmp`];
  for (const name of [...kept.slice(1), ...left]) {
    await Deno.writeTextFile(`${dir.path}/${name}`, "");
  }
  await loaded(dir.path);
  equal(await names(dir.path), kept.sort());
});

Deno.test("load() tells what it cannot read and leaves it where it is", async (t) => {
  const id = "0000000000000000";
  const line = JSON.stringify({
    v: 1,
    id,
    sender: "",
    recipients: [{ address: "bob@here" }],
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
    { name: "recipients as text", msg: line.replace(/\[.*\]/, '"x"') + "\n" },
    { name: "no recipients", msg: line.replace(/\[.*\]/, "[]") + "\n" },
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
      const unreadable: string[] = [];
      await using spool = await open(dir.path);
      const found = await Array.fromAsync(spool.load((id) => unreadable.push(id)));
      equal(found, []);
      equal(unreadable, [id]);
      strictEqual((await spool.read(id as QueueId)).kind, "damaged");
      equal(await names(dir.path), before);
    });
  }
});

Deno.test("remove() leaves neither message nor state, and twice is harmless", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const { id } = await commit(spool);
  await spool.saveState(id, STATE);
  strictEqual(await spool.has(id), true);
  await spool.remove(id);
  await spool.remove(id);
  strictEqual(await spool.has(id), false);
  await spool.tidy();
  equal(await names(dir.path), []);
});

Deno.test("remove() of a message of the log is durable", async () => {
  await using dir = await tempDir();
  await using killed = await open(dir.path);
  const [gone, there] = [await commit(killed), await commit(killed)];
  await killed.remove(gone.id);
  strictEqual(await killed.has(gone.id), false);
  equal((await loaded(dir.path)).map(({ message }) => message.id), [there.id]);
});

Deno.test("load() makes files of what the log has, and removes the log", async () => {
  await using dir = await tempDir();
  await using killed = await open(dir.path);
  const messages = await Promise.all(Array.from({ length: 40 }, () => commit(killed)));
  await using spool = await open(dir.path);
  const items = await spooled(spool);
  equal(items.map(({ message }) => message.id), messages.map(({ id }) => id));
  strictEqual(await collected(items[0]!.message.open()), BODY);
  equal(await names(dir.path), messages.map(({ id }) => `${id}.msg`));
});

Deno.test("load() goes by the file of a message that the log has too", async () => {
  await using dir = await tempDir();
  await using killed = await open(dir.path);
  const { id } = await commit(killed);
  const [log] = await names(dir.path);
  const before = await Deno.readFile(`${dir.path}/${log}`);
  await killed.saveState(id, STATE);
  await Deno.writeFile(`${dir.path}/${log}`, before); // As if the log had not been told yet.
  const items = await loaded(dir.path);
  equal(items.map(({ message, state }) => [message.id, state]), [[id, STATE]]);
  equal(await names(dir.path), [`${id}.msg`, `${id}.state`]);
});

Deno.test("load() reads past what is damaged, and puts such a log aside", async () => {
  await using dir = await tempDir();
  await using killed = await open(dir.path);
  const [first, hit, last] = [await commit(killed), await commit(killed), await commit(killed)];
  const [log] = await names(dir.path);
  const octets = await Deno.readFile(`${dir.path}/${log}`);
  octets[Math.round(octets.length / 2)]! ^= 1;
  await Deno.writeFile(`${dir.path}/${log}`, octets);
  const errors: string[] = [];
  await using spool = await open(dir.path, {
    log: { ...silentLog, error: (event) => errors.push(event) },
  });
  const found = (await spooled(spool)).map(({ message }) => message.id);
  equal(found, [first.id, last.id]);
  ok(!found.includes(hit.id));
  equal(errors, ["A log of incoming mail is damaged, the rest of it was read"]);
  ok((await names(dir.path)).includes(`${log}.damaged`));
  strictEqual((await loaded(dir.path)).length, 2);
});

Deno.test("commit() makes a file at once when too much is on its way through", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const body = [new Uint8Array(60 * 1024)];
  const messages = await Promise.all(Array.from({ length: 290 }, () => commit(spool, body)));
  const filed = (await names(dir.path)).filter((name) => name.endsWith(".msg"));
  ok(filed.length > 0 && filed.length < 50, `${filed.length} files`);
  for (const { id } of messages) await spool.remove(id);
  await spool.tidy();
  equal(await names(dir.path), []);
});

/** As much as makes `count` logs of 1000 octets each, all of it done with. */
async function passThrough(spool: Spool, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const { id } = await commit(spool, [new Uint8Array(1000)]);
    await spool.remove(id);
  }
}

Deno.test("commit() begins a new log in time, and drops the old one", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path, { segmentOctets: 1000 });
  await passThrough(spool, 5);
  const logs = await names(dir.path);
  ok(logs.length <= 2, logs.join(" "));
  match(logs.at(-1)!, /^incoming-00000[5-9]-/);
});

Deno.test("a message that stays gets its file before it keeps many logs", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path, { segmentOctets: 1000 });
  const { id } = await commit(spool);
  await passThrough(spool, 3);
  ok((await names(dir.path)).length >= 3);
  await passThrough(spool, 10);
  const found = await names(dir.path);
  ok(found.includes(`${id}.msg`));
  ok(found.length <= 5, found.join(" "));
});

Deno.test("fileOf() names the file that has a message", async () => {
  await using dir = await tempDir();
  await using spool = await open(dir.path);
  const { id } = await commit(spool);
  const [log] = await names(dir.path);
  strictEqual(spool.fileOf(id), `${dir.path}/${log}`);
  await spool.saveState(id, STATE);
  strictEqual(spool.fileOf(id), `${dir.path}/${id}.msg`);
});

Deno.test("newId() never repeats and always sorts later, also when the clock is set back", async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  await using spool = await open(dir.path, { clock });
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
