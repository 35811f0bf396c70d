/** What `dmail explain` says of an address is where the running appliance delivers its mail. */
import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { explain } from "../../src/app/commands/explain.ts";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed } from "../support/peers.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp_sink.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWorld } from "../support/world.ts";

/** Of office.example and shop.example; nobody is called `f`. Who sends has a longer name. */
const USERS = ["a", "b", "c", "d", "a@shop.example", "b@shop.example", "watch"];
const MAILDROPS = ["a", "b", "c", "d", "shop_a", "shop_b"];
const SENDER = "watch@office.example";

/** Where robots and rules leave what they get. */
interface Place {
  readonly here: ApplianceHere;
  readonly sink: SmtpSink;
  readonly out: string;
}

/** Rules of any kind between few names, so that they meet. */
function tables(out: string): fc.Arbitrary<readonly string[]> {
  const name = fc.constantFrom("a", "b", "c", "d", "f");
  const target = fc.oneof(
    { weight: 3, arbitrary: name.map((local) => `${local}@office.example`) },
    name.map((local) => `${local}@shop.example`),
    fc.constantFrom("x", "y").map((local) => `${local}@world.example`),
    fc.constantFrom("$user", "/dev/null", `${out}/one`, `${out}/two`),
    fc.constantFrom("1", "2").map((word) => `"|${out}/robot ${word}"`),
  );
  const list = fc.array(target, { minLength: 1, maxLength: 3 }).map((targets) => targets.join(","));
  const pattern = fc.tuple(
    fc.constantFrom("a", "b", "c", "?"),
    fc.constantFrom("office.example", "shop.example", "*"),
  ).map((parts) => parts.join("@"));
  const line = fc.oneof(
    fc.tuple(fc.constantFrom("forward", "forward_cc"), pattern, list),
    fc.tuple(fc.constant("alias"), name, list),
    name.map((local) => ["fallback_address", "shop.example", `${local}@office.example`]),
    fc.constant(["allowdup", "true"]),
  ).map((words) => words.join(" "));
  return fc.uniqueArray(line, {
    maxLength: 6,
    selector: (text) => text.replace(/^(alias \S+|allowdup|fallback_address) .*/, "$1"),
  });
}

async function setUp(open: AsyncDisposableStack): Promise<Place> {
  const shop = open.use(await tempDir());
  const out = `${shop.path}/out`;
  await Deno.mkdir(out);
  await Deno.chmod(shop.path, 0o755);
  await Deno.chmod(out, 0o777); // Robots are nobody.
  await Deno.writeTextFile(`${out}/robot`, `#!/bin/sh\ncat >/dev/null\necho $1 >>${out}/runs.$1\n`);
  await Deno.chmod(`${out}/robot`, 0o755);
  const sink = open.use(await startSmtpSink());
  const here = open.use(await applianceHere(...usual(out, sink)));
  await here.addUsers(...USERS);
  const drop = `${here.directory}/drop`;
  await Deno.writeTextFile(`${drop}/c.fwd`, "b, y@world.example\n");
  await Deno.writeTextFile(`${drop}/d.fwd`, `$user, "|${out}/robot 1"\n`);
  return { here, sink, out };
}

function usual(out: string, sink: SmtpSink): readonly string[] {
  return [
    `vdomain shop 127.0.0.2 shop.example ${out}/shop`,
    `gateway world.example 127.0.0.1:${sink.port}`,
  ];
}

/** The ends that `dmail explain` names, in short and sorted. */
async function explained({ here }: Place, address: string): Promise<readonly string[]> {
  const world = testWorld();
  await explain.run({
    args: [address],
    configPath: here.configPath,
    world,
    flag: () => false,
    option: () => undefined,
  });
  const ends = world.terminal.output.split("\n").flatMap((line) => {
    const [, drop] = /^\S+: drop file (\S+)$/.exec(line) ?? [];
    const [, program] = /^Program \S+ (\S+)( of \S+)?$/.exec(line) ?? [];
    const [, file] = /^File (\S+)$/.exec(line) ?? [];
    const [, sent] = /^(\S+): sent on$/.exec(line) ?? [];
    const rejected = /: rejected, \d/.test(line) ? "rejected" : undefined;
    return drop ?? (program && `program ${program}`) ?? file ?? sent ?? rejected ?? [];
  });
  // One notice tells of all that is rejected.
  return ends.filter((end, at) => end !== "rejected" || ends.indexOf(end) === at).sort();
}

/** Where a message for an address gets, in short and sorted; what is left of others is removed. */
async function delivered(place: Place, address: string): Promise<readonly string[]> {
  const { here, out, sink } = place;
  const { queue } = here.appliance.core;
  const subject = crypto.randomUUID();
  await queue.submit({
    envelope: { sender: SENDER, recipients: [{ address }] },
    origin: { kind: "local", by: "test" },
  }, [octetsOf(`Subject: ${subject}\r\n\r\nHello\r\n`)]);
  await eventually("all is delivered", () => queue.counts().messages === 0);
  const drop = `${here.directory}/drop`;
  const dropFiles = MAILDROPS.map((user) =>
    user.startsWith("shop_") ? `${out}/shop/${user}` : `${drop}/${user}`
  );
  const ends: string[] = [];
  for (const path of [...dropFiles, `${out}/one`, `${out}/two`]) {
    if ((await taken(path)).includes(subject)) ends.push(path);
  }
  for (const word of ["1", "2"]) {
    for (const run of (await taken(`${out}/runs.${word}`)).split("\n")) {
      if (run !== "") ends.push(`program ${run}`);
    }
  }
  for (const text of (await sink.messages()).filter((text) => text.includes(subject))) {
    ends.push(...[...text.matchAll(/^X-Rcpt-Args: <(.*)>/gm)].map(([, to = ""]) => to));
  }
  if ((await taken(`${drop}/watch`)).includes(address)) ends.push("rejected");
  return ends.sort();
}

async function taken(path: string): Promise<string> {
  const text = await Deno.readTextFile(path).catch(() => "");
  await Deno.remove(path).catch(() => {});
  return text;
}

Deno.test({
  name: "dmail explain names the ends that mail really comes to, whatever the rules",
  ignore: Deno.build.os === "windows" || !installed("smtp-sink"),
  async fn() {
    await using open = new AsyncDisposableStack();
    const place = await setUp(open);
    const address = fc.tuple(
      fc.constantFrom("a", "b", "c", "d", "f"),
      fc.constantFrom("office.example", "shop.example", "world.example"),
    ).map((parts) => parts.join("@"));
    await fc.assert(
      fc.asyncProperty(
        tables(place.out),
        fc.uniqueArray(address, { minLength: 2, maxLength: 4 }),
        async (lines, addresses) => {
          await place.here.reload(...usual(place.out, place.sink), ...lines);
          for (const each of addresses) {
            equal(await delivered(place, each), await explained(place, each), `${each}: ${lines}`);
          }
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  },
});
