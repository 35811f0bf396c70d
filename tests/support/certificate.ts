import { run } from "./peers.ts";

/** A certificate authority of the test's own and a certificate it has signed. */
export interface TestCertificate {
  /** PEM of the authority, to be trusted by clients. */
  readonly caCert: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes a certificate for `localhost` and 127.0.0.1 in `dir`, with openssl. */
export async function makeCertificate(dir: string): Promise<TestCertificate> {
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run("openssl", args, { cwd: dir });
    if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30"],
    ...["-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE"],
  );
  await openssl(
    "req",
    ...newKey,
    "-keyout",
    "key.pem",
    "-out",
    "req.pem",
    "-subj",
    "/CN=localhost",
  );
  await Deno.writeTextFile(
    `${dir}/ext`,
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n",
  );
  await openssl(
    ...["x509", "-req", "-in", "req.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
    ...["-out", "cert.pem", "-days", "30", "-extfile", "ext"],
  );
  return {
    caCert: await Deno.readTextFile(`${dir}/ca.pem`),
    certFile: `${dir}/cert.pem`,
    keyFile: `${dir}/key.pem`,
  };
}
