import { deepStrictEqual as equal, ok, strictEqual } from "node:assert/strict";
import { ModelSmtpServer } from "../../support/model_smtp_server.ts";
import { relayJob } from "../../support/relay_jobs.ts";
import { RelayRun } from "../../support/relay_run.ts";

const NAMES = ["one", "two", "three"];

const jobs = NAMES.map((name) =>
  relayJob({
    sender: `${name}@here`,
    recipients: [{ address: `${name}@world` }, { address: `${name}@far` }],
  })
);

/** Every way in which messages are sent. */
const OFFERS = [[], ["PIPELINING"], ["PIPELINING", "CHUNKING", "SIZE", "8BITMIME"]];

/** What is sent, and how many messages are there at a time: the others come in the session. */
interface Way {
  readonly offers: readonly string[];
  readonly atOnce: number;
}

const WAYS: readonly Way[] = OFFERS.flatMap((offers) => [
  { offers, atOnce: Infinity },
  { offers, atOnce: 1 },
]);

/** How many octets go each way when nothing is cut. */
async function whole({ offers, atOnce }: Way): Promise<{ said: number; heard: number }> {
  const server = new ModelSmtpServer(...offers);
  let said = 0;
  const { reply } = server;
  server.reply = (command, mail) => {
    const text = reply.call(server, command, mail);
    said += text.length;
    return text;
  };
  const run = new RelayRun(server);
  run.atOnce = atOnce;
  await run.deliver(jobs);
  strictEqual(server.taken.length, NAMES.length);
  strictEqual(server.connections, 1);
  return { said: said + "220 mx.world\r\n".length, heard: server.heardOctets[0] ?? 0 };
}

/** One call that is cut, and another that is not; returns how often the three messages were taken. */
async function cutAndGoOn(server: ModelSmtpServer, atOnce: number): Promise<number> {
  const run = new RelayRun(server);
  run.atOnce = atOnce;
  const taken = (name: string) => server.taken.filter(({ mail }) => mail.includes(`<${name}@`));
  run.onSettle = (address, { kind }) => {
    const [name = ""] = address.split("@");
    ok(kind !== "delivered" || taken(name).length > 0, `${address} was not taken`);
  };
  await run.deliver(jobs);
  await run.deliver(jobs.filter((_, at) => run.kindOf(`${NAMES[at]}@world`) === "temporary"));
  for (const name of NAMES) {
    strictEqual(run.kindOf(`${name}@world`), "delivered", name);
    equal(taken(name)[0]?.rcpts, [`RCPT TO:<${name}@world>`, `RCPT TO:<${name}@far>`]);
    // What comes twice is what was taken and not heard of, and nothing else.
    const unheard = taken(name).filter(({ heard }) => !heard);
    strictEqual(taken(name).length, 1 + unheard.length, name);
  }
  return server.taken.length;
}

for (const way of WAYS) {
  const { offers, atOnce } = way;
  const more = atOnce === 1 ? ", the rest comes later" : "";
  const name = (offers.slice(0, 2).join(" and ") || "one command at a time") + more;
  Deno.test(`deliver() loses nothing after any octet of a reply: ${name}`, async () => {
    const { said } = await whole(way);
    let twice = 0;
    for (let cut = 0; cut <= said; cut++) {
      const server = new ModelSmtpServer(...offers);
      server.cutAfter = (connection) => connection === 0 ? cut : Infinity;
      twice += await cutAndGoOn(server, atOnce) - NAMES.length;
    }
    // Each of the last replies may be lost, and in a stream those behind it are then, too.
    ok(twice > 0, "the cuts were in the wrong places");
    ok(
      twice <= (offers.includes("CHUNKING") ? NAMES.length : 1) * said,
      `${twice} in ${said} cuts`,
    );
  });

  Deno.test(`deliver() loses nothing after any octet that it sends: ${name}`, async () => {
    const { heard } = await whole(way);
    let twice = 0;
    for (let cut = 0; cut <= heard; cut++) {
      const server = new ModelSmtpServer(...offers);
      server.hearsOnly = (connection) => connection === 0 ? cut : Infinity;
      twice += await cutAndGoOn(server, atOnce) - NAMES.length;
    }
    strictEqual(twice, 0); // The server answered whatever it has heard.
  });
}
