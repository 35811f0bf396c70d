import type { Config } from "../config/mod.ts";
import { inNetwork, isIpAddress } from "../formats/ip_address.ts";
import {
  type Clock,
  type Files,
  type Log,
  messageOf,
  readTlsFiles,
  readTlsPair,
  type TlsPair,
  type TlsServerOptions,
} from "../platform/mod.ts";
import { makeDirectory } from "./directories.ts";
import { makeSelfSigned } from "./self_signed.ts";
import type { World } from "./world.ts";

/** The certificate of every server, and its key. */
export interface TlsProvider {
  /** The pair of now; it may be another one after a reload. */
  readonly current: TlsPair;
  /**
   * Reads the files anew, or makes the own certificate anew if it no longer fits. What cannot be
   * read leaves the pair as it was.
   *
   * @returns What went wrong, in words; nothing if all is well.
   */
  reload(): Promise<readonly string[]>;
}

/** What the provider works with. */
export interface TlsDeps {
  readonly config: () => Config;
  readonly world: Pick<World, "files" | "machine" | "clock">;
  readonly log: Log;
}

/** How long our own certificate is valid from the day it is made, in ms: ten years. */
const VALIDITY_MS = 3650 * 24 * 3600 * 1000;

/** Our own certificate is made anew so long before its end, in ms: 30 days. */
const RENEW_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** A certificate of the administrator's is spoken of so long before its end, in ms: two weeks. */
const WARN_BEFORE_MS = 14 * 24 * 3600 * 1000;

/**
 * No machine that runs this lives before this moment, whatever its clock says. A box without a
 * battery starts in 1970 until it has found a time server: its certificate must be good then, and
 * also once the clock is right.
 */
const EARLIEST_NOW_MS = Date.UTC(2026, 0);

/** Networks whose addresses stay with a machine. The address of a dialled line does not. */
const LASTING_NETWORKS = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
  .concat(["::1", "fc00::/7"]);

/**
 * Opens the certificate that tls_cert and tls_key name. Without them it is one the appliance makes
 * and signs itself at its first start, kept in `<work_path>/tls`: mail programs ask once whether
 * they shall trust it, so it is made anew only shortly before its end, or when a name is missing.
 *
 * @throws {Error} If the files cannot be read, or ours cannot be written.
 */
export async function openTls(deps: TlsDeps): Promise<TlsProvider> {
  let current = await load(deps);
  return {
    get current() {
      return current;
    },
    async reload() {
      try {
        current = await load(deps);
        return [];
      } catch (error) {
        const problem = `The certificate stays as it was: ${messageOf(error)}`;
        deps.log.error("Cannot take a new certificate", { reason: messageOf(error) });
        return [problem];
      }
    },
  };
}

async function load(deps: TlsDeps): Promise<TlsPair> {
  const config = deps.config();
  const [cert, key] = [config.value("tls_cert"), config.value("tls_key")];
  if (cert === undefined || key === undefined) return await ownPair(deps);
  const result = await readTlsFiles({ cert, key }, deps.world.files);
  if (result.kind === "read") return watched(result.pair, deps);
  throw new Error(`Cannot use tls_${result.part}: ${result.reason}`);
}

/** Says it if clients refuse a certificate of the administrator's, or soon will. */
function watched(pair: TlsPair, { world: { clock }, log }: TlsDeps): TlsPair {
  if (clock.now() >= pair.notAfterMs - WARN_BEFORE_MS) {
    const event = clock.now() >= pair.notAfterMs
      ? "The certificate in tls_cert has expired"
      : "The certificate in tls_cert expires soon";
    log.warn(event, { at: new Date(pair.notAfterMs).toISOString() });
  }
  return pair;
}

async function ownPair({ config, world, log }: TlsDeps): Promise<TlsPair> {
  const { files, clock } = world;
  const directory = `${config().paths.work}/tls`;
  const paths = { cert: `${directory}/cert.pem`, key: `${directory}/key.pem` };
  const names = wantedNames(config(), world.machine);
  // What a crash has left, or somebody has spoiled, is made anew as if it were not there.
  const kept = await readTlsFiles(paths, files);
  if (kept.kind === "read" && stillFits(kept.pair, names, clock)) return kept.pair;
  // But people have come to trust one that only cannot be read for now.
  if (kept.kind === "unreadable") throw new Error(`Cannot use the certificate: ${kept.reason}`);
  await makeDirectory(files, "work_path", directory);
  const made = await makeSelfSigned({ names, ...validity(clock) });
  await keep(made, paths, files);
  const read = readTlsPair(made);
  if (read.kind !== "read") throw new Error(`Cannot use the certificate just made: ${read.reason}`);
  const { fingerprintSha256 } = read.pair;
  log.info("Made a certificate", { names: names.join(" "), fingerprint: fingerprintSha256 });
  return read.pair;
}

async function keep(
  { cert, key }: TlsServerOptions,
  paths: { readonly cert: string; readonly key: string },
  files: Files,
): Promise<void> {
  const encoder = new TextEncoder();
  await files.replace(paths.key, encoder.encode(key), { mode: 0o600 });
  await files.replace(paths.cert, encoder.encode(cert), { mode: 0o600 });
}

function stillFits(
  pair: TlsPair,
  wanted: readonly string[],
  clock: Pick<Clock, "now">,
): boolean {
  return clock.now() < pair.notAfterMs - RENEW_BEFORE_MS &&
    wanted.every((name) => pair.names.some((has) => sameName(has, name)));
}

function sameName(one: string, other: string): boolean {
  return isIpAddress(one) ? inNetwork(one, other) : one === other;
}

/** The names clients may use: our domains, this machine's name, and its lasting addresses. */
export function wantedNames(
  { domains }: Pick<Config, "domains">,
  { hostname, addresses }: Pick<World["machine"], "hostname" | "addresses">,
): readonly string[] {
  const names = [domains.main, ...domains.synonyms, hostname.toLowerCase(), "localhost"];
  const lasting = addresses().filter((address) =>
    LASTING_NETWORKS.some((network) => inNetwork(network, address))
  );
  return [...new Set([...names.filter((name) => name !== ""), ...lasting])];
}

/** From the earliest moment a clock shows to ten years from now. */
function validity(clock: Pick<Clock, "now">): { notBeforeMs: number; notAfterMs: number } {
  const nowMs = Math.floor(Math.max(clock.now(), EARLIEST_NOW_MS) / 1000) * 1000;
  return { notBeforeMs: 0, notAfterMs: nowMs + VALIDITY_MS };
}
