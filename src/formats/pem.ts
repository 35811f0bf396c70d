/** Octets as text between two lines that name them (RFC 7468), with a line end behind the last. */
export function encodePem(label: string, octets: Uint8Array): string {
  const lines = octets.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
