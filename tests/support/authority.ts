import { run } from "./peers.ts";

/** A certificate authority as a head office has one, made with openssl. */
export interface TestAuthority {
  readonly certFile: string;
  /** Signs a certificate for names and addresses. */
  issue(name: string, facts?: IssueFacts): Promise<{ certFile: string; keyFile: string }>;
}

/** What a certificate is like. */
export interface IssueFacts {
  /** As openssl writes them: `DNS:localhost`, `IP:127.0.0.1`. */
  readonly names?: string;
  /** How long it is valid from now on; negative if it has expired. */
  readonly days?: number;
}

/** Makes an authority in a directory; there may be several with different names. */
export async function makeAuthority(dir: string, called = "ca"): Promise<TestAuthority> {
  const openssl = async (...args: string[]) => {
    const { code, stderr } = await run("openssl", args, { cwd: dir });
    if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    ...["req", "-x509", ...newKey, "-keyout", `${called}.key`, "-out", `${called}.pem`],
    ...["-days", "30", "-subj", `/CN=Authority ${called}`],
    ...["-addext", "basicConstraints=critical,CA:TRUE"],
  );
  return {
    certFile: `${dir}/${called}.pem`,
    async issue(name, { names = "DNS:localhost,IP:127.0.0.1", days = 30 } = {}) {
      const files = { certFile: `${dir}/${name}.pem`, keyFile: `${dir}/${name}.key` };
      await openssl(
        ...["req", ...newKey, "-keyout", files.keyFile, "-out", `${name}.req`],
        ...["-subj", `/CN=${name}`],
      );
      await Deno.writeTextFile(
        `${dir}/${name}.ext`,
        `subjectAltName=${names}\nbasicConstraints=CA:FALSE\n`,
      );
      await openssl(
        ...["x509", "-req", "-in", `${name}.req`, "-CA", `${called}.pem`, "-CAkey"],
        ...[`${called}.key`, "-CAcreateserial", "-out", files.certFile, "-days", String(days)],
        ...["-extfile", `${name}.ext`],
      );
      return files;
    },
  };
}
