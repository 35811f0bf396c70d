import {
  type Clock,
  deadline,
  type Endpoint,
  LineReader,
  messageOf,
  type PinnedTls,
  type Random,
  reasonInWords,
  scryptKey,
} from "../../platform/mod.ts";
import { type ControlListener, receive } from "./client.ts";
import { closedBy } from "./closed_by.ts";
import { type ControlRequest, encodeLine, MAX_REPLY_OCTETS, parseLine } from "./messages.ts";
import {
  formatProof,
  isProof,
  makeProof,
  NONCE_OCTETS,
  parseChallenge,
  parseProof,
} from "./proof.ts";

/** How long the server may take for each step until it knows us, in ms. */
const STEP_MS = 30_000;

/** A server that carries out a command says something more often than this, in ms. */
const SILENCE_MS = 90_000;

/** What a connection says that was accepted, and ended before the handshake did. */
const HUNG_UP = /ECONNRESET|EPIPE|reset by peer|disconnected before|ended in the handshake/;

/** Longest reason that is shown, in UTF-16 units: it comes from who has proved nothing. */
const MAX_REASON_LENGTH = 200;

/** How asking another machine went. */
export type ManagerAnswer =
  | { readonly kind: "answered"; readonly code: number }
  /** It stopped, or fell silent, in the middle of the answer. */
  | { readonly kind: "cut off" }
  /** We were told to listen no longer; what was begun may go on. */
  | { readonly kind: "interrupted" }
  | { readonly kind: "unreachable"; readonly reason: string }
  /** It hung up without a word: commands are not taken from here. */
  | { readonly kind: "turned away" }
  /** It said why it does not let us in. */
  | { readonly kind: "refused"; readonly reason: string }
  /** It does not know the password itself, or is no manager's port: nothing was asked of it. */
  | { readonly kind: "not genuine" };

/** What asking needs. */
export interface ManagerTools {
  readonly pinnedTls: Pick<PinnedTls, "connectUnverified">;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Asks the appliance whose manager's port is at `target`. The request is sent only after the server
 * has proved that it knows the password too; the password itself is never sent.
 */
export async function askManager(
  { target, password, request }: {
    readonly target: Endpoint;
    readonly password: string;
    readonly request: ControlRequest;
  },
  tools: ManagerTools,
  on: ControlListener,
  signal?: AbortSignal,
): Promise<ManagerAnswer> {
  const { pinnedTls, clock } = tools;
  let opened;
  try {
    using patience = deadline(clock, STEP_MS, signal);
    opened = await pinnedTls.connectUnverified(target, patience.signal);
  } catch (error) {
    if (signal?.aborted) return { kind: "interrupted" };
    return HUNG_UP.test(messageOf(error))
      ? { kind: "turned away" }
      : { kind: "unreachable", reason: reasonInWords(error) };
  }
  using connection = opened.connection;
  using _closing = closedBy(signal, connection);
  const reader = new LineReader(connection, { maxLineOctets: MAX_REPLY_OCTETS });
  const nextLine = async (ms: number) => {
    using limit = deadline(clock, ms);
    limit.signal.addEventListener("abort", () => connection.close(), { once: true });
    return await reader.readLine();
  };
  const send = (value: unknown) => connection.write(encodeLine(value)).catch(() => {});
  const refusal = await prove({ ...opened, password, nextLine, send }, tools);
  if (refusal === undefined) await send(request);
  const answer = refusal ?? await receive(() => nextLine(SILENCE_MS), on);
  return answer.kind !== "answered" && signal?.aborted ? { kind: "interrupted" } : answer;
}

/** Proves to the server that we know the password, and has it prove the same. */
async function prove(
  { fingerprintSha256, password, nextLine, send }: {
    readonly fingerprintSha256: string;
    readonly password: string;
    readonly nextLine: (ms: number) => Promise<Uint8Array | undefined>;
    readonly send: (value: unknown) => Promise<void>;
  },
  { random }: ManagerTools,
): Promise<ManagerAnswer | undefined> {
  const said = () => nextLine(STEP_MS).catch(() => undefined);
  const first = await said();
  if (first === undefined) return { kind: "turned away" };
  const challenge = parseChallenge(first);
  if (challenge === undefined) return refused(first);
  // As it is stored: "ü" is one character on some keyboards and two on others (RFC 8265 section 4.2.2).
  const key = await scryptKey(password.normalize(), challenge.parameters);
  const clientNonce = random.bytes(NONCE_OCTETS);
  const facts = { serverNonce: challenge.nonce, clientNonce, fingerprintSha256 };
  await send(formatProof(await makeProof("client", key, facts), clientNonce));
  const second = await said();
  if (second === undefined) return { kind: "cut off" };
  const answer = parseProof(second);
  if (answer === undefined) return refused(second);
  return await isProof(answer.proof, "server", key, facts) ? undefined : { kind: "not genuine" };
}

function refused(line: Uint8Array): ManagerAnswer {
  const { kind, reason } = parseLine(line) ?? {};
  if (kind !== "refused" || typeof reason !== "string") return { kind: "not genuine" };
  const shown = reason.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").slice(0, MAX_REASON_LENGTH);
  return { kind: "refused", reason: shown };
}
