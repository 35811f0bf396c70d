/**
 * DNS messages (RFC 1035 section 4), as far as the way of mail needs them: one question of class IN,
 * and answers of the types that lead to a host.
 *
 * @module
 */

/** What can be asked for, with its number (RFC 1035 section 3.2.2, RFC 3596 section 2.1). */
const TYPES = { A: 1, CNAME: 5, MX: 15, AAAA: 28 } as const;

/** A type of record that is asked for. */
export type DnsType = "A" | "AAAA" | "MX";

/** One question. */
export interface DnsQuestion {
  /** A domain in ASCII, without a dot at its end. */
  readonly name: string;
  readonly type: DnsType;
}

/** What a record says. Names are in lower case and without a dot at the end; the root is empty. */
export type DnsData =
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME"; readonly target: string }
  | { readonly type: "MX"; readonly preference: number; readonly exchange: string };

/** One record of an answer. */
export interface DnsRecord {
  readonly name: string;
  /** How long it may be remembered, in seconds. */
  readonly ttlS: number;
  readonly data: DnsData;
}

/** An answer. */
export interface DnsReply {
  readonly id: number;
  /** The question as the server repeats it, its name in lower case; the type as a number. */
  readonly question: { readonly name: string; readonly type: number };
  /** It was too long for a datagram: ask again by TCP (RFC 7766). */
  readonly truncated: boolean;
  /** 0 is an answer, 3 says that there is no such domain; see {@linkcode responseCodeName}. */
  readonly responseCode: number;
  /** Records of other types are left out. */
  readonly records: readonly DnsRecord[];
}

const CLASS_IN = 1;
const HEADER_OCTETS = 12;
/** RFC 1035 section 2.3.4; a name with its lengths and the root. */
const MAX_NAME_OCTETS = 255;
const MAX_LABEL_OCTETS = 63;
/** Far more records than fit into any answer that is of use. */
const MAX_RECORDS = 500;

const IS_REPLY = 0x8000;
const TRUNCATED = 0x0200;
const WANTS_RECURSION = 0x0100;

/** RFC 1035 section 4.1.1, as servers' logs call them. */
const RESPONSE_CODES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];

/** The code with which a server says that a domain does not exist. */
export const NO_SUCH_DOMAIN = 3;

/** The name of a response code. */
export function responseCodeName(code: number): string {
  return RESPONSE_CODES[code] ?? `code ${code}`;
}

/** The number of a type, as {@linkcode DnsReply.question} has it. */
export function typeNumber(type: DnsType): number {
  return TYPES[type];
}

/**
 * Writes a query that wants recursion.
 *
 * @param id From 0 to 65535; unpredictable, so that nobody can forge the answer.
 * @throws {SyntaxError} If the name cannot be that of a domain.
 */
export function formatDnsQuery(id: number, { name, type }: DnsQuestion): Uint8Array<ArrayBuffer> {
  const labels = encodeName(name);
  const bytes = new Uint8Array(HEADER_OCTETS + labels.length + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, id);
  view.setUint16(2, WANTS_RECURSION);
  view.setUint16(4, 1); // One question.
  bytes.set(labels, HEADER_OCTETS);
  view.setUint16(HEADER_OCTETS + labels.length, TYPES[type]);
  view.setUint16(HEADER_OCTETS + labels.length + 2, CLASS_IN);
  return bytes;
}

/**
 * Parses an answer to one question.
 *
 * @throws {SyntaxError} If it is none, or breaks off though it does not say that it is truncated.
 */
export function parseDnsReply(bytes: Uint8Array): DnsReply {
  const reader = new Reader(bytes);
  const id = reader.uint16();
  const flags = reader.uint16();
  const questions = reader.uint16();
  const answers = reader.uint16();
  reader.skip(4); // How much else there is: authorities, additional records.
  if ((flags & IS_REPLY) === 0) throw new SyntaxError("Expected a DNS answer, got a query");
  if (questions !== 1) throw new SyntaxError(`Expected one question, got ${questions}`);
  const question = { name: reader.name(), type: reader.uint16() };
  reader.skip(2);
  const truncated = (flags & TRUNCATED) !== 0;
  // What a truncated one has is not all: it is asked for again.
  const records = truncated ? [] : readRecords(reader, answers);
  return { id, question, truncated, responseCode: flags & 0xf, records };
}

function readRecords(reader: Reader, count: number): readonly DnsRecord[] {
  if (count > MAX_RECORDS) throw new SyntaxError(`More than ${MAX_RECORDS} DNS records: ${count}`);
  const records: DnsRecord[] = [];
  for (let read = 0; read < count; read++) {
    const name = reader.name();
    const type = reader.uint16();
    const ofClass = reader.uint16();
    const ttl = reader.uint32();
    const length = reader.uint16();
    const end = reader.at + length;
    const data = ofClass === CLASS_IN ? readData(reader, type, length) : undefined;
    // RFC 2181 section 8: a TTL with its highest bit set is zero.
    const ttlS = ttl > 0x7fff_ffff ? 0 : ttl;
    if (data !== undefined) records.push({ name, ttlS, data });
    reader.moveTo(end);
  }
  return records;
}

function readData(reader: Reader, type: number, length: number): DnsData | undefined {
  switch (type) {
    case TYPES.A:
      if (length !== 4) throw new SyntaxError(`An A record of ${length} octets, expected 4`);
      return { type: "A", address: reader.octets(4).join(".") };
    case TYPES.AAAA:
      if (length !== 16) throw new SyntaxError(`An AAAA record of ${length} octets, expected 16`);
      return { type: "AAAA", address: ipv6Text(reader.octets(16)) };
    case TYPES.CNAME:
      return { type: "CNAME", target: reader.name() };
    case TYPES.MX:
      return { type: "MX", preference: reader.uint16(), exchange: reader.name() };
    default:
      return undefined;
  }
}

/** Reads on from where it is; whatever lies beyond the end is a syntax error. */
class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint16(): number {
    const [high = 0, low = 0] = this.octets(2);
    return high * 0x100 + low;
  }

  uint32(): number {
    return this.uint16() * 0x1_0000 + this.uint16();
  }

  octets(count: number): Uint8Array {
    const from = this.at;
    this.skip(count);
    return this.#bytes.subarray(from, this.at);
  }

  skip(count: number): void {
    this.moveTo(this.at + count);
  }

  moveTo(at: number): void {
    if (at > this.#bytes.length) throw new SyntaxError("The DNS message breaks off");
    this.at = at;
  }

  /** A name, whose end may stand earlier in the message (RFC 1035 section 4.1.4). */
  name(): string {
    const labels: string[] = [];
    let octets = 1;
    let before = this.at; // A pointer leads backwards only: no chain of them goes round.
    let after: number | undefined;
    for (let length = this.#octet(); length !== 0; length = this.#octet()) {
      if (length >= 0xc0) {
        const to = (length - 0xc0) * 0x100 + this.#octet();
        if (to >= before) throw new SyntaxError("A name in a DNS message points forward");
        after ??= this.at;
        before = to;
        this.at = to;
      } else {
        if (length > MAX_LABEL_OCTETS) {
          throw new SyntaxError("A label in a DNS message is too long");
        }
        octets += length + 1;
        if (octets > MAX_NAME_OCTETS) throw new SyntaxError("A name in a DNS message is too long");
        labels.push(labelText(this.octets(length)));
      }
    }
    this.at = after ?? this.at;
    return labels.join(".");
  }

  #octet(): number {
    const [octet = 0] = this.octets(1);
    return octet;
  }
}

/** What no host is called by becomes `?`: such a name is never looked up. */
function labelText(octets: Uint8Array): string {
  return String.fromCharCode(...octets).toLowerCase().replaceAll(/[^a-z\d_-]/g, "?");
}

function encodeName(name: string): Uint8Array {
  const labels = name.split(".");
  const octets = name.length + 2;
  if (octets > MAX_NAME_OCTETS || !labels.every(isLabel)) {
    throw new SyntaxError(`Not the name of a domain: ${JSON.stringify(name.slice(0, 80))}`);
  }
  const bytes = labels.flatMap((label) => [
    label.length,
    ...Array.from(label, (char) => char.charCodeAt(0)),
  ]);
  return Uint8Array.from([...bytes, 0]);
}

/** Letters, digits, hyphens (RFC 1123 section 2.1), and the underscore that people use. */
function isLabel(label: string): boolean {
  return label.length <= MAX_LABEL_OCTETS && /^[a-z\d_-]+$/i.test(label);
}

/** As RFC 5952 writes it. */
function ipv6Text(octets: Uint8Array): string {
  const groups = octets.toHex().match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
