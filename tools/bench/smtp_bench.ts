import { setUpOffice } from "../../tests/support/appliance.ts";
import { run } from "../../tests/support/peers.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { type Benchmark, type Measurement, rate } from "./benchmark.ts";
import { untilDelivered } from "./drop_files.ts";
import { startPostfix } from "./postfix.ts";
import { usageWhile } from "./process_usage.ts";

const DOMAIN = "office.example";
const MESSAGES = 2000;
const MESSAGE_OCTETS = 4096;
const CONNECTIONS = 20;
/** Each gets an equal share, sent by a smtp-source of its own. */
const USERS = ["anna", "bob", "carla", "dave"];

/** Mail comes in and is in the drop files: many messages a connection, and one a connection. */
export const SMTP_BENCHMARKS: readonly Benchmark[] = [
  smtpBenchmark("many messages a connection", ["-d"]),
  smtpBenchmark("one message a connection", []),
];

function smtpBenchmark(title: string, options: readonly string[]): Benchmark {
  return {
    title: `SMTP, accept and deliver ${MESSAGES} messages of 4 KiB over ${CONNECTIONS} ` +
      `connections, ${title}`,
    unit: "messages",
    peer: "Postfix",
    programs: ["postfix", "smtp-source"],
    async run(runs) {
      const [ours, theirs]: [Measurement[], Measurement[]] = [[], []];
      for (let number = 0; number < runs; number++) {
        ours.push(await measureOurs(options));
        theirs.push(await measurePostfix(options));
      }
      return { ours, theirs };
    },
  };
}

async function measureOurs(options: readonly string[]): Promise<Measurement> {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["log_level info"]);
  await office.addUsers(...USERS);
  await using appliance = await office.serve();
  const mailboxes = USERS.map((user) => `${office.dropPath}/${user}`);
  return await measure({ pid: appliance.pid, port: appliance.port("smtp"), mailboxes, options });
}

async function measurePostfix(options: readonly string[]): Promise<Measurement> {
  await using postfix = await startPostfix({ users: USERS, domain: DOMAIN });
  const mailboxes = USERS.map((user) => postfix.mailbox(user));
  return await measure({ pid: postfix.pid, port: postfix.port, mailboxes, options });
}

async function measure({ pid, port, mailboxes, options }: {
  readonly pid: number;
  readonly port: number;
  readonly mailboxes: readonly string[];
  readonly options: readonly string[];
}): Promise<Measurement> {
  const { result, usage } = await usageWhile(pid, () =>
    rate(MESSAGES, async () => {
      await Promise.all(USERS.map((user) => send(port, user, options)));
      await untilDelivered(mailboxes, MESSAGES);
    }));
  return { perSecond: result, usage };
}

async function send(port: number, user: string, options: readonly string[]): Promise<void> {
  const args = [
    ...options,
    ...["-s", String(CONNECTIONS / USERS.length)],
    ...["-m", String(MESSAGES / USERS.length)],
    ...["-l", String(MESSAGE_OCTETS)],
    ...["-f", "ann@world.example", "-t", `${user}@${DOMAIN}`],
    `127.0.0.1:${port}`,
  ];
  const { code, stderr } = await run("smtp-source", args);
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${stderr}`);
}
