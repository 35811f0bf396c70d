import { encodePem } from "../formats/pem.ts";
import { addressOctets } from "../formats/ip_address.ts";
import type { TlsServerOptions } from "../platform/mod.ts";

/** What a certificate says. */
export interface CertificateFacts {
  /** Domain names and IP addresses of the server; the first one is its name to people. */
  readonly names: readonly string[];
  /** Whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** ECDSA with P-256: made in a moment on any machine, and known to every client with TLS 1.2. */
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** Octets of a serial number (RFC 5280 section 4.1.2.2: at most 20, positive). */
const SERIAL_OCTETS = 16;

// RFC 5280 sections 4.2.1.6, 4.2.1.9 and 4.2.1.12, and the name attribute of X.520.
const SUBJECT_ALT_NAME = "2.5.29.17";
const BASIC_CONSTRAINTS = "2.5.29.19";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const COMMON_NAME = "2.5.4.3";
const DNS_NAME = 2;
const IP_ADDRESS = 7;
const UTC_TIME = 0;
const GENERALIZED_TIME = 1;

/** RFC 5280 section 4.1.2.5: later moments are written with four digits of the year. */
const GENERALIZED_FROM_MS = Date.UTC(2050, 0);

/** Makes a key and a certificate that it signs itself, both PEM. */
export async function makeSelfSigned(facts: CertificateFacts): Promise<TlsServerOptions> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const cert = await signedCertificate(facts, keys);
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: encodePem("CERTIFICATE", cert),
    key: encodePem("PRIVATE KEY", new Uint8Array(key)),
  };
}

async function signedCertificate(
  { names, notBeforeMs, notAfterMs }: CertificateFacts,
  keys: CryptoKeyPair,
): Promise<Uint8Array> {
  // Loaded only when a certificate is made, once in years: they cost time and memory.
  const { Integer, Utf8String } = await import("asn1js");
  const { AttributeTypeAndValue, Certificate, Time } = await import("pkijs");
  const certificate = new Certificate();
  certificate.version = 2; // X.509 version 3
  certificate.serialNumber = new Integer({ valueHex: serialNumber().buffer });
  const name = { type: COMMON_NAME, value: new Utf8String({ value: names[0] ?? "localhost" }) };
  certificate.issuer.typesAndValues.push(new AttributeTypeAndValue(name));
  certificate.subject.typesAndValues.push(new AttributeTypeAndValue(name));
  const time = (ms: number) =>
    new Time({
      type: ms < GENERALIZED_FROM_MS ? UTC_TIME : GENERALIZED_TIME,
      value: new Date(ms),
    });
  certificate.notBefore = time(notBeforeMs);
  certificate.notAfter = time(notAfterMs);
  certificate.extensions = await extensions(names);
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign(keys.privateKey, ALGORITHM.hash);
  return new Uint8Array(certificate.toSchema(true).toBER(false));
}

async function extensions(names: readonly string[]) {
  const { OctetString } = await import("asn1js");
  const { BasicConstraints, Extension, ExtKeyUsage, GeneralName, GeneralNames } = await import(
    "pkijs"
  );
  const alternatives = names.map((name) => {
    const octets = addressOctets(name);
    return octets === undefined
      ? new GeneralName({ type: DNS_NAME, value: name })
      : new GeneralName({
        type: IP_ADDRESS,
        value: new OctetString({ valueHex: Uint8Array.from(octets).buffer }),
      });
  });
  const extension = (
    extnID: string,
    value: { toSchema(): { toBER(size: boolean): ArrayBuffer } },
    critical = false,
  ) => new Extension({ extnID, critical, extnValue: value.toSchema().toBER(false) });
  return [
    extension(BASIC_CONSTRAINTS, new BasicConstraints({ cA: false }), true),
    extension(EXTENDED_KEY_USAGE, new ExtKeyUsage({ keyPurposes: [SERVER_AUTH] })),
    extension(SUBJECT_ALT_NAME, new GeneralNames({ names: alternatives })),
  ];
}

/** Random, so that two boxes never make two certificates of the same name and number. */
function serialNumber(): Uint8Array<ArrayBuffer> {
  const octets = crypto.getRandomValues(new Uint8Array(SERIAL_OCTETS));
  octets[0] = (octets[0]! & 0x3f) | 0x40; // Positive, and with no zero in front.
  return octets;
}
