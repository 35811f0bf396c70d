import {
  type Clock,
  type Commands,
  diskFiles,
  type DnsSockets,
  type Files,
  type LocalSockets,
  type Machine,
  type Net,
  type PinnedTls,
  type Privileges,
  type Programs,
  type Random,
  type Signals,
  systemClock,
  systemCommands,
  systemDnsSockets,
  systemLocalSockets,
  systemMachine,
  systemNet,
  systemPinnedTls,
  systemPrivileges,
  systemPrograms,
  systemRandom,
  systemTerminal,
  type Terminal,
} from "../platform/mod.ts";

/** Everything outside the program. Commands get it as an argument; tests make their own. */
export interface World {
  readonly clock: Clock;
  readonly commands: Commands;
  readonly dns: DnsSockets;
  readonly files: Files;
  readonly machine: Machine;
  readonly net: Net;
  readonly pinnedTls: PinnedTls;
  readonly privileges: Privileges;
  readonly programs: Programs;
  readonly random: Random;
  readonly signals: Signals;
  readonly sockets: LocalSockets;
  readonly terminal: Terminal;
}

/** The real one; the program listens for the signals, a test sends its own. */
export function systemWorld(signals: Signals): World {
  return {
    clock: systemClock,
    commands: systemCommands,
    dns: systemDnsSockets,
    files: diskFiles(),
    machine: systemMachine,
    net: systemNet,
    pinnedTls: systemPinnedTls,
    privileges: systemPrivileges,
    programs: systemPrograms(systemClock),
    random: systemRandom,
    signals,
    sockets: systemLocalSockets,
    terminal: systemTerminal,
  };
}
