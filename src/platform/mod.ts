/**
 * Everything that touches the machine: time, disk, network, processes, randomness, logs.
 * Here too is what every layer needs to wait in order: deadlines, coalesced runs.
 * The only folder that may use the `Deno` namespace and `node:` modules.
 *
 * @module
 */
export { readTlsFiles, readTlsPair, type TlsPair, type TlsPairResult } from "./certificate.ts";
export { type AuthoritiesResult, readAuthorities } from "./authorities.ts";
export { certificateFault } from "./certificate_words.ts";
export type { AppendFile } from "./append_file.ts";
export { Changes } from "./changes.ts";
export { crc32, sha256 } from "./checksum.ts";
export { type Clock, deadline, systemClock } from "./clock.ts";
export { Coalesced } from "./coalesced.ts";
export { DNS_PORT, type DnsSockets, systemDnsSockets } from "./dns.ts";
export { isAddressInUse, messageOf, reasonInWords } from "./error_words.ts";
export { forgetOldest } from "./forget_oldest.ts";
export {
  type Chunks,
  type DirectoryEntry,
  diskFiles,
  type FileInfo,
  type FileLock,
  type Files,
  isDiskFull,
  isPermissionDenied,
  parentOf,
} from "./files.ts";
export { hmacMd5 } from "./hmac_md5.ts";
export { type HttpHandler, type HttpServeOptions, type HttpServer, serveHttp } from "./http.ts";
export { LineReader, LineTooLongError } from "./line_reader.ts";
export { type LocalSockets, systemLocalSockets } from "./local_socket.ts";
export type { Log, LogFields, LogLevel } from "./log.ts";
export { logLine } from "./log_line.ts";
export { type LogLine, type LogOptions, type LogProgram, type Logs, openLogs } from "./logs.ts";
export { calledAs, type Machine, systemArguments, systemMachine } from "./machine.ts";
export {
  type Connection,
  type Endpoint,
  type Listener,
  type Net,
  systemNet,
  type TlsClientOptions,
  type TlsServerOptions,
} from "./net.ts";
export { breathe } from "./breathe.ts";
export { socketOver } from "./connection_socket.ts";
export { orAborted } from "./or_aborted.ts";
export {
  hashPassword,
  isScryptCost,
  isScryptHash,
  readScryptHash,
  type ScryptHash,
  scryptKey,
  type ScryptParameters,
  UNMATCHABLE_HASH,
  verifyPassword,
} from "./password.ts";
export type { FirstLine } from "./first_line.ts";
export type { OpenedFile } from "./read_opened.ts";
export { readableByAll } from "./permissions.ts";
export {
  type PinnedConnection,
  type PinnedListener,
  type PinnedTls,
  type ShownCertificate,
  systemPinnedTls,
} from "./pinned_tls.ts";
export { type Privileges, systemPrivileges } from "./privileges.ts";
export { type CommandResult, type Commands, systemCommands } from "./process.ts";
export { type ProgramCall, type ProgramResult, type Programs, systemPrograms } from "./programs.ts";
export { Recent, type RecentOptions } from "./recent.ts";
export { type Random, systemRandom } from "./random.ts";
export { sideBySide } from "./side_by_side.ts";
export { type Signals, systemSignals } from "./signals.ts";
export { type Database, openDatabase, type Row } from "./sqlite.ts";
export { systemTerminal, type Terminal } from "./terminal.ts";
export { temporaryDirectory } from "./temporary.ts";
export { connectionOver } from "./socket_connection.ts";
export { type ProcessUsage, processUsage } from "./usage.ts";
