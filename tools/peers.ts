import { AIOSMTPD } from "../tests/support/aiosmtpd.ts";
import { findProgram, UNPACKED_PEERS } from "../tests/support/peers.ts";

/** A program the tests run against, and the Debian package that brings it. */
export interface Peer {
  readonly package: string;
  /** A name on the search path, or an absolute path. */
  readonly program: string;
  /** Unpacked beside the system's own programs, because the package does not go with another one. */
  readonly unpacked?: true;
}

/** Every program the tests run against. */
export const PEERS: readonly Peer[] = [
  { package: "postfix", program: "postfix" },
  { package: "dovecot-pop3d", program: "/usr/lib/dovecot/pop3" },
  { package: "swaks", program: "swaks" },
  // TLS for swaks; Debian keeps this file of a package wherever it drops documents.
  { package: "libnet-ssleay-perl", program: "/usr/share/doc/libnet-ssleay-perl/copyright" },
  { package: "fetchmail", program: "fetchmail" },
  { package: "mpop", program: "mpop" },
  { package: "getmail6", program: "getmail" },
  { package: "curl", program: "curl" },
  { package: "python3", program: "python3" },
  { package: "python3-aiosmtpd", program: AIOSMTPD },
  { package: "chromium", program: "chromium" },
  { package: "nmap", program: "nmap" },
  { package: "openssl", program: "openssl" },
  { package: "busybox", program: "busybox" },
  // Debian lets one mail server be installed; the other one is Postfix.
  { package: "exim4-daemon-light", program: "exim4", unpacked: true },
  { package: "opensmtpd", program: "opensmtpd", unpacked: true },
];

/** Longest an installation may take, in ms. */
const INSTALL_LIMIT_MS = 240_000;

/**
 * Installs packages without questions and without starting what they bring: the tests start their
 * own servers with their own configuration. A package that cannot be had does not keep back others.
 */
const INSTALL = `
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\\nexit 101\\n' >"$policy" && chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
install() {
  apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=60 "$@" </dev/null
}
# Not installed, so that Postfix stays; and run as a user that every system has.
unpack_exim() {
  install libgnutls-dane0 libidn12 libnsl2 libdb5.3 &&
    work=$(mktemp -d) && cd "$work" && apt-get download -qq exim4-daemon-light &&
    dpkg -x exim4-daemon-light_*.deb . && mkdir -p ${UNPACKED_PEERS} &&
    LC_ALL=C sed 's/Debian-exim/daemon\\x00\\x00\\x00\\x00\\x00/g' usr/sbin/exim4 >exim4.new &&
    install_program exim4.new ${UNPACKED_PEERS}/exim4
  rm -rf "$work"
}
# Its directories are put into a copy of it by each test that runs it.
unpack_opensmtpd() {
  install libdb5.3 libevent-2.1-7 libpam0g libssl3 &&
    work=$(mktemp -d) && cd "$work" && apt-get download -qq opensmtpd &&
    dpkg -x opensmtpd_*.deb . && mkdir -p ${UNPACKED_PEERS} &&
    install_program usr/libexec/opensmtpd/mail.maildir ${UNPACKED_PEERS}/mail.maildir &&
    install_program usr/libexec/opensmtpd/mail.mda ${UNPACKED_PEERS}/mail.mda &&
    install_program usr/sbin/smtpd ${UNPACKED_PEERS}/opensmtpd
  rm -rf "$work"
}
install_program() { chmod 755 "$1" && mv "$1" "$2"; }
apt-get update -qq
packages=
for package; do
  case "$package" in
    exim4-*) unpack_exim ;;
    opensmtpd) unpack_opensmtpd ;;
    *) packages="$packages $package" ;;
  esac
done
set -- $packages
[ $# -eq 0 ] || install "$@" || for package; do install "$package"; done
`;

/** The peers that are not on this machine. */
export function missingPeers(
  isThere: (program: string) => boolean = isInstalled,
): readonly Peer[] {
  return PEERS.filter(({ program }) => !isThere(program));
}

/**
 * Installs what is missing with apt-get, as root or by a sudo that asks for no password. Where that
 * is not possible it says so and goes on.
 */
export async function installMissingPeers(say: (text: string) => void): Promise<void> {
  const missing = missingPeers().map(({ package: name }) => name);
  if (missing.length === 0) return;
  const privilege = findProgram("apt-get") === undefined ? undefined : await becomeRoot();
  if (privilege === undefined) {
    say(`CANNOT INSTALL ${missing.join(" ")}: needs apt-get, and root or sudo without a password`);
    return;
  }
  say(`Installing ${missing.join(" ")}`);
  const [program = "sh", ...args] = [...privilege, "sh", "-c", INSTALL, "sh", ...missing];
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(INSTALL_LIMIT_MS),
  }).output();
  if (success && missingPeers().length === 0) return;
  const text = new TextDecoder();
  say(`CANNOT INSTALL everything:\n${lastLines(text.decode(stdout) + text.decode(stderr))}`);
}

/** What to put before a command to run it as root; `undefined` if there is no way. */
async function becomeRoot(): Promise<readonly string[] | undefined> {
  if (Deno.uid() === 0) return [];
  if (findProgram("sudo") === undefined) return undefined;
  const { success } = await new Deno.Command("sudo", {
    args: ["-n", "true"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success ? ["sudo", "-n"] : undefined;
}

function isInstalled(program: string): boolean {
  if (!program.startsWith("/")) return findProgram(program) !== undefined;
  try {
    return Deno.statSync(program).isFile;
  } catch {
    return false;
  }
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-20).join("\n");
}
