import { type Benchmark, type Measurement, rate } from "./benchmark.ts";
import { Pop3Drain } from "./pop3_drain.ts";
import { dovecotPop3, type Mailboxes, ourPop3, type Pop3Server } from "./pop3_peers.ts";
import { usageWhile } from "./process_usage.ts";

const SESSIONS = 2000;
/** Each is a user of its own: a maildrop is locked by its session. */
const CLIENTS = 20;
const MESSAGES = 3000;
const MESSAGE_OCTETS = 4096;

/** Connect, log in, STAT, QUIT. */
const SESSION_BENCHMARK: Benchmark = {
  title: `POP3, ${SESSIONS} sessions of login, STAT and QUIT, ${CLIENTS} at a time`,
  unit: "sessions",
  peer: "Dovecot",
  programs: ["dovecot"],
  async run(runs) {
    const users = Array.from({ length: CLIENTS }, (_, index) => `user${index}`);
    const mailboxes = { users, messages: 10, octets: MESSAGE_OCTETS };
    return {
      ours: await sessions(await ourPop3(mailboxes), users, runs),
      theirs: await sessions(await dovecotPop3(mailboxes), users, runs),
    };
  },
};

/** A whole maildrop, the first time after delivery and again. */
const RETRIEVE_BENCHMARKS: readonly Benchmark[] = [
  retrieveBenchmark("first session after delivery", 0),
  retrieveBenchmark("a later session", 1),
];

/** What POP3 costs. */
export const POP3_BENCHMARKS: readonly Benchmark[] = [SESSION_BENCHMARK, ...RETRIEVE_BENCHMARKS];

async function sessions(
  server: Pop3Server,
  users: readonly string[],
  runs: number,
): Promise<Measurement[]> {
  await using _running = server;
  await Promise.all(users.map((user) => session(server.port, user))); // Takes in what was delivered.
  const measured: Measurement[] = [];
  for (let number = 0; number < runs; number++) {
    const { result, usage } = await usageWhile(server.pid, () =>
      rate(SESSIONS, async () => {
        await Promise.all(users.map(async (user) => {
          for (let left = SESSIONS / CLIENTS; left > 0; left--) await session(server.port, user);
        }));
      }));
    measured.push({ perSecond: result, usage });
  }
  return measured;
}

async function session(port: number, user: string): Promise<void> {
  using client = await Pop3Drain.open(port, user, user);
  await client.command("STAT");
  await client.command("QUIT");
}

function retrieveBenchmark(title: string, sessionsBefore: number): Benchmark {
  return {
    title: `POP3, RETR of a maildrop of ${MESSAGES} messages of 4 KiB, ${title}`,
    unit: "messages",
    peer: "Dovecot",
    programs: ["dovecot"],
    async run(runs) {
      // A maildrop of its own for each run: only one session can be the first.
      const users = Array.from({ length: runs }, (_, index) => `user${index}`);
      const mailboxes: Mailboxes = { users, messages: MESSAGES, octets: MESSAGE_OCTETS };
      return {
        ours: await retrievals(await ourPop3(mailboxes), users, sessionsBefore),
        theirs: await retrievals(await dovecotPop3(mailboxes), users, sessionsBefore),
      };
    },
  };
}

async function retrievals(
  server: Pop3Server,
  users: readonly string[],
  sessionsBefore: number,
): Promise<Measurement[]> {
  await using _running = server;
  const measured: Measurement[] = [];
  for (const user of users) {
    for (let left = sessionsBefore; left > 0; left--) await retrieveAll(server.port, user);
    const { result, usage } = await usageWhile(
      server.pid,
      () => rate(MESSAGES, () => retrieveAll(server.port, user)),
    );
    measured.push({ perSecond: result, usage });
  }
  return measured;
}

async function retrieveAll(port: number, user: string): Promise<void> {
  using client = await Pop3Drain.open(port, user, user);
  const [count] = (await client.command("STAT")).split(" ").map(Number);
  if (count !== MESSAGES) throw new Error(`${count} messages for ${user}, not ${MESSAGES}`);
  for (let number = 1; number <= MESSAGES; number++) {
    const octets = await client.drain(`RETR ${number}`);
    if (octets < MESSAGE_OCTETS / 2) throw new Error(`RETR ${number} gave ${octets} octets only`);
  }
  await client.command("QUIT");
}
