import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import type { DeliveryJob, Outcome } from "../../src/domain/queue/mod.ts";
import { ModelSmtpServer } from "../support/model_smtp_server.ts";
import { relayJob } from "../support/relay_jobs.ts";
import { RelayRun } from "../support/relay_run.ts";

/** What a server says to MAIL, to a recipient and to a message. */
const verdict = fc.oneof(
  { weight: 5, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom("451 4.3.0 Later\r\n", "550 5.7.1 Never\r\n") },
);

interface Message {
  readonly mail: string | undefined;
  readonly recipients: readonly (string | undefined)[];
  readonly final: string | undefined;
  readonly octets: number;
}

const message: fc.Arbitrary<Message> = fc.record({
  mail: verdict,
  recipients: fc.array(verdict, { minLength: 1, maxLength: 4 }),
  final: verdict,
  octets: fc.constantFrom(0, 30, 5_000, 64 * 1024 - 2, 64 * 1024, 140_000),
});

const offers = fc.constantFrom([], ["PIPELINING"], ["PIPELINING", "CHUNKING"]);

/** After how many octets each connection is cut; those behind the list are not. */
const cuts = fc.array(fc.option(fc.nat(1500), { nil: Infinity }), { maxLength: 3 });

const job = ({ recipients, octets }: Message, index: number): DeliveryJob =>
  relayJob({
    sender: `s${index}@here`,
    recipients: recipients.map((_, to) => ({ address: `r${index}-${to}@world` })),
  }, `Subject: hi\r\n\r\n${"x".repeat(76)}\r\n`.padEnd(octets, ".line\r\n"));

/** A server that says what the messages want to hear. */
function serverFor(keywords: readonly string[], messages: readonly Message[]): ModelSmtpServer {
  const server = new ModelSmtpServer(...keywords);
  const at = (text: string) => messages[Number(/<[sr](\d+)/.exec(text)?.[1])];
  server.answer = (command, mail) => {
    if (command.startsWith("MAIL")) return at(command)?.mail;
    if (command.startsWith("RCPT")) {
      return at(command)?.recipients[Number(/-(\d+)@/.exec(command)?.[1])];
    }
    return command === "." || /^BDAT .* LAST$/.test(command) ? at(mail)?.final : undefined;
  };
  return server;
}

Deno.test("deliver() tells the truth about each recipient, whatever is refused and cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      offers,
      fc.array(message, { minLength: 1, maxLength: 6 }),
      cuts,
      fc.constantFrom(1, 2, Infinity),
      async (keywords, messages, cuts, atOnce) => {
        const server = serverFor(keywords, messages);
        server.cutAfter = (connection) => cuts[connection] ?? Infinity;
        const run = new RelayRun(server);
        run.atOnce = atOnce;
        await run.deliver(messages.map(job));
        for (const [index, message] of messages.entries()) {
          for (const [to, refusal] of message.recipients.entries()) {
            const address = `r${index}-${to}@world`;
            const [outcome, ...more] = run.outcomes.get(address) ?? [];
            ok(outcome !== undefined && more.length === 0, `${address}: not told once`);
            check(server, address, outcome, [message.mail, refusal, message.final]);
          }
        }
      },
    ),
    { numRuns: 80 },
  );
});

/** What the server did must fit what is told of it. */
function check(
  server: ModelSmtpServer,
  address: string,
  outcome: Outcome,
  refusals: readonly (string | undefined)[],
): void {
  const taken = server.taken.filter(({ rcpts }) => rcpts.includes(`RCPT TO:<${address}>`));
  const first = refusals.find((refusal) => refusal !== undefined);
  switch (outcome.kind) {
    case "delivered":
      strictEqual(taken.length, 1, `${address}: taken ${taken.length} times`);
      strictEqual(first, undefined);
      break;
    case "permanent":
      strictEqual(taken.length, 0);
      ok(first?.startsWith("550"), `${address}: ${outcome.reason}`);
      break;
    default:
      // Taken all the same only where the line swallowed the answer.
      ok(taken.every(({ heard }) => !heard), `${address} comes twice`);
  }
}
