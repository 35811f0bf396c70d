import { setUpOffice } from "../../tests/support/appliance.ts";
import { run } from "../../tests/support/peers.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { type Benchmark, type Measurement, rate } from "./benchmark.ts";
import { octetsIn, untilDelivered, untilGrown } from "./drop_files.ts";
import { startPostfix } from "./postfix.ts";
import { usageWhile } from "./process_usage.ts";

const DOMAIN = "office.example";
/** Each gets an equal share, sent by a smtp-source of its own. */
const USERS = ["anna", "bob", "carla", "dave"];
const MEBIBYTE = 1024 * 1024;

/** What is sent. */
interface Load {
  readonly messages: number;
  readonly octets: number;
  readonly connections: number;
  /** For smtp-source: `-d` to send many messages a connection. */
  readonly options: readonly string[];
  /** Messages before the clock starts: both servers run for months, and are measured warm. */
  readonly warmUp: number;
}

const SMALL = { messages: 2000, octets: 4096, connections: 20, warmUp: 1000 };

/**
 * Mail comes in and is in the drop files: many messages a connection, one a connection; and large
 * ones, where the memory that is used must not depend on how large they are.
 */
export const SMTP_BENCHMARKS: readonly Benchmark[] = [
  small("many messages a connection", ["-d"]),
  small("one message a connection", []),
  ...[1, 10, 50].map((mebibytes) => large(mebibytes, 400 / mebibytes)),
];

function small(title: string, options: readonly string[]): Benchmark {
  const load: Load = { ...SMALL, options };
  return {
    title: `SMTP, accept and deliver ${load.messages} messages of 4 KiB over ` +
      `${load.connections} connections, ${title}`,
    unit: "messages",
    ...benchmark(load, ({ perSecond }) => perSecond),
  };
}

function large(mebibytes: number, messages: number): Benchmark {
  const octets = mebibytes * MEBIBYTE;
  const load: Load = { messages, octets, connections: 4, options: ["-d"], warmUp: USERS.length };
  return {
    title: `SMTP, accept and deliver ${messages} messages of ${mebibytes} MiB over 4 connections`,
    unit: "MB",
    ...benchmark(load, ({ perSecond }) => perSecond * octets / 1e6),
  };
}

function benchmark(
  load: Load,
  inUnits: (measured: Measurement) => number,
): Pick<Benchmark, "peer" | "programs" | "run"> {
  const converted = (measured: Measurement) => ({ ...measured, perSecond: inUnits(measured) });
  return {
    peer: "Postfix",
    programs: ["postfix", "smtp-source"],
    async run(runs) {
      const [ours, theirs]: [Measurement[], Measurement[]] = [[], []];
      for (let number = 0; number < runs; number++) {
        ours.push(converted(await measureOurs(load)));
        theirs.push(converted(await measurePostfix(load)));
      }
      return { ours, theirs };
    },
  };
}

async function measureOurs(load: Load): Promise<Measurement> {
  await using temp = await tempDir();
  const office = await setUpOffice(temp.path, ["log_level info", "max_message_size 100MB"]);
  await office.addUsers(...USERS);
  await using appliance = await office.serve();
  const mailboxes = USERS.map((user) => `${office.dropPath}/${user}`);
  return await measure(load, { pid: appliance.pid, port: appliance.port("smtp"), mailboxes });
}

async function measurePostfix(load: Load): Promise<Measurement> {
  const extra = ["message_size_limit = 0"];
  await using postfix = await startPostfix({ users: USERS, domain: DOMAIN, extra });
  const mailboxes = USERS.map((user) => postfix.mailbox(user));
  return await measure(load, { pid: postfix.pid, port: postfix.port, mailboxes });
}

async function measure(
  load: Load,
  { pid, port, mailboxes }: {
    readonly pid: number;
    readonly port: number;
    readonly mailboxes: readonly string[];
  },
): Promise<Measurement> {
  const { messages, warmUp } = load;
  await send(port, { ...load, messages: warmUp });
  await untilDelivered(mailboxes, warmUp);
  // Large messages are not counted by reading them: that would cost more than to deliver them.
  const each = octetsIn(mailboxes) / warmUp;
  const delivered = load.octets < MEBIBYTE
    ? () => untilDelivered(mailboxes, warmUp + messages)
    : () => untilGrown(mailboxes, Math.floor((each - 100) * (warmUp + messages)));
  const { result, usage } = await usageWhile(pid, () =>
    rate(messages, async () => {
      await send(port, load);
      await delivered();
    }));
  return { perSecond: result, usage };
}

async function send(port: number, load: Load): Promise<void> {
  await Promise.all(USERS.map((user) => sendTo(port, user, load)));
}

async function sendTo(
  port: number,
  user: string,
  { messages, octets, connections, options }: Load,
): Promise<void> {
  const args = [
    ...options,
    ...["-s", String(connections / USERS.length)],
    ...["-m", String(messages / USERS.length)],
    ...["-l", String(octets)],
    ...["-f", "ann@world.example", "-t", `${user}@${DOMAIN}`],
    `127.0.0.1:${port}`,
  ];
  const { code, stderr } = await run("smtp-source", args);
  if (code !== 0) throw new Error(`smtp-source ended with ${code}: ${stderr}`);
}
