import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { diskFiles, readTlsFiles, readTlsPair } from "../../../src/platform/mod.ts";
import { makeCertificate } from "../../support/certificate.ts";
import { installed, run } from "../../support/peers.ts";
import { tempDir } from "../../support/temp_dir.ts";

const MISSING = { ignore: !installed("openssl") };

Deno.test("readTlsPair() reads what openssl made, in every usual form", MISSING, async (t) => {
  await using dir = await tempDir();
  const { certFile, keyFile, caCert } = await makeCertificate(dir.path);
  const [cert, key] = [await Deno.readTextFile(certFile), await Deno.readTextFile(keyFile)];
  const sec1 = await run("openssl", ["ec", "-in", keyFile]);
  const cases = [
    { name: "as it is", cert, key },
    { name: "with the chain behind it", cert: cert + caCert, key },
    { name: "with words around it", cert: `Subject: us\n${cert}\nthe end\n`, key: `# k\n${key}` },
    { name: "CRLF", cert: cert.replaceAll("\n", "\r\n"), key: key.replaceAll("\n", "\r\n") },
    { name: "a SEC1 key", cert, key: sec1.stdout },
  ];
  for (const { name, ...texts } of cases) {
    await t.step(name, () => {
      const result = readTlsPair(texts);
      if (result.kind !== "read") throw new Error(result.reason);
      deepStrictEqual(result.pair.names, ["localhost", "127.0.0.1"]);
      match(result.pair.fingerprintSha256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      strictEqual(result.pair.cert, texts.cert);
    });
  }
});

Deno.test(
  "readTlsPair() says which half is to blame, and nothing of the key",
  MISSING,
  async (t) => {
    await using dir = await tempDir();
    await using other = await tempDir();
    const { certFile, keyFile } = await makeCertificate(dir.path);
    const [cert, key] = [await Deno.readTextFile(certFile), await Deno.readTextFile(keyFile)];
    const foreign = await Deno.readTextFile((await makeCertificate(other.path)).keyFile);
    const locked = await run("openssl", ["pkcs8", "-topk8", "-in", keyFile, "-passout", "pass:x"]);
    const damaged = (pem: string) => pem.replace(/\n[\w+/]{20}/, "\nAAAAAAAAAAAAAAAAAAAA");
    const cases = [
      { name: "no certificate", cert: "", key, part: "cert", reason: /holds no certificate/ },
      { name: "the key twice", cert: key, key, part: "cert", reason: /holds no certificate/ },
      { name: "damaged", cert: damaged(cert), key, part: "cert", reason: /is damaged/ },
      { name: "no key", cert, key: cert, part: "key", reason: /holds no private key/ },
      { name: "key damaged", cert, key: damaged(key), part: "key", reason: /is damaged/ },
      { name: "key with a password", cert, key: locked.stdout, part: "key", reason: /a password/ },
      { name: "another's key", cert, key: foreign, part: "key", reason: /does not belong/ },
    ];
    for (const { name, part, reason, ...texts } of cases) {
      await t.step(name, () => {
        const result = readTlsPair(texts);
        if (result.kind === "read") throw new Error("It was read");
        strictEqual(result.part, part);
        match(result.reason, reason);
      });
    }
  },
);

Deno.test("readTlsFiles() names the file that cannot be read", async () => {
  await using dir = await tempDir();
  const paths = { cert: `${dir.path}/cert.pem`, key: `${dir.path}/key.pem` };
  deepStrictEqual(await readTlsFiles(paths, diskFiles()), {
    kind: "bad",
    part: "cert",
    reason: `there is no file ${paths.cert}`,
  });
  await Deno.writeTextFile(paths.cert, "x".repeat(300_000));
  const tooLarge = await readTlsFiles(paths, diskFiles());
  match(tooLarge.kind === "unreadable" ? tooLarge.reason : "", /cert\.pem cannot be read/);
});
