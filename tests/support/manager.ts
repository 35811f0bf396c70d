import { makeSelfSigned } from "../../src/app/self_signed.ts";
import {
  hashPassword,
  type PinnedTls,
  readScryptHash,
  readTlsPair,
  systemClock,
  systemPinnedTls,
  systemRandom,
  type TlsPair,
} from "../../src/platform/mod.ts";
import {
  askManager,
  type ControlHandler,
  type Manager,
  type ManagerAnswer,
  type ManagerParts,
  startManager,
} from "../../src/servers/control/mod.ts";
import { RememberingLog } from "./remembering_log.ts";

/** A certificate of this machine, fresh, that nobody vouches for. */
export async function testPair(): Promise<TlsPair> {
  const validity = { notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0) };
  const result = readTlsPair(await makeSelfSigned({ names: ["localhost"], ...validity }));
  if (result.kind !== "read") throw new Error(JSON.stringify(result));
  return result.pair;
}

/** A manager's port of this machine, with what it has logged. Disposing ends it. */
export interface TestManager extends AsyncDisposable {
  readonly manager: Manager;
  readonly port: number;
  readonly log: RememberingLog;
  ask(password: string, options?: {
    readonly port?: number;
    readonly pinnedTls?: Pick<PinnedTls, "connectUnverified">;
    readonly args?: readonly string[];
  }): Promise<{ readonly answer: ManagerAnswer; readonly texts: readonly string[] }>;
}

/** Starts a manager's port whose password is `secret`. */
export async function startTestManager(
  parts: Partial<ManagerParts> & { readonly handler: ControlHandler },
): Promise<TestManager> {
  const tls = await testPair();
  const stored = readScryptHash(await hashPassword("secret"));
  const log = new RememberingLog();
  const manager = await startManager(
    { listen: [{ host: "127.0.0.1", port: 0 }], certificate: () => tls },
    {
      pinnedTls: systemPinnedTls,
      mayCome: () => true,
      isFree: () => false,
      secret: () => Promise.resolve(stored),
      clock: systemClock,
      random: systemRandom,
      log,
      ...parts,
    },
  );
  const port = manager.listening[0]?.port ?? 0;
  return {
    manager,
    port,
    log,
    async ask(password, { port: at = port, pinnedTls = systemPinnedTls, args = [] } = {}) {
      const texts: string[] = [];
      const answer = await askManager(
        { target: { host: "127.0.0.1", port: at }, password, request: { command: "test", args } },
        { pinnedTls, clock: systemClock, random: systemRandom },
        { text: (text) => texts.push(text) },
      );
      return { answer, texts };
    },
    [Symbol.asyncDispose]: () => manager[Symbol.asyncDispose](),
  };
}
