import { deepStrictEqual as equal, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  formatChallenge,
  formatProof,
  isProof,
  makeProof,
  parseChallenge,
  parseProof,
} from "../../../../src/servers/control/proof.ts";
import { encodeLine } from "../../../../src/servers/control/messages.ts";

const KEY = new Uint8Array(32).fill(1);
const FACTS = {
  serverNonce: new Uint8Array(32).fill(2),
  clientNonce: new Uint8Array(32).fill(3),
  fingerprintSha256: "AB:CD",
};

Deno.test("isProof() takes a proof of exactly this session, side and key", async (t) => {
  const proof = await makeProof("client", KEY, FACTS);
  strictEqual(await isProof(proof, "client", KEY, FACTS), true);
  const other = new Uint8Array(32).fill(9);
  const cases = {
    "the other side": () => isProof(proof, "server", KEY, FACTS),
    "another key": () => isProof(proof, "client", other, FACTS),
    "another server nonce": () => isProof(proof, "client", KEY, { ...FACTS, serverNonce: other }),
    "another client nonce": () => isProof(proof, "client", KEY, { ...FACTS, clientNonce: other }),
    "nonces changed over": () =>
      isProof(proof, "client", KEY, {
        ...FACTS,
        serverNonce: FACTS.clientNonce,
        clientNonce: FACTS.serverNonce,
      }),
    "another certificate": () =>
      isProof(proof, "client", KEY, { ...FACTS, fingerprintSha256: "AB:CE" }),
    "a proof cut short": () => isProof(proof.subarray(0, 31), "client", KEY, FACTS),
    "no proof": () => isProof(new Uint8Array(), "client", KEY, FACTS),
  };
  for (const [name, check] of Object.entries(cases)) {
    await t.step(name, async () => strictEqual(await check(), false));
  }
});

Deno.test("parseChallenge() reads what formatChallenge() writes", () => {
  const parameters = { N: 16384, r: 8, p: 1, salt: new Uint8Array(16).fill(4) };
  const nonce = new Uint8Array(32).fill(5);
  equal(parseChallenge(encodeLine(formatChallenge(parameters, nonce))), { parameters, nonce });
});

Deno.test("parseChallenge() refuses too little work, too much, and what is none", async (t) => {
  const good = formatChallenge(
    { N: 16384, r: 8, p: 1, salt: new Uint8Array(16) },
    new Uint8Array(32),
  );
  const cases: Record<string, unknown> = {
    "a low N": { ...good, N: 8192 },
    "a low r": { ...good, r: 4 },
    "an N that is no power of two": { ...good, N: 16385 },
    "an N that takes all memory": { ...good, N: 2 ** 20 },
    "a p that takes all day": { ...good, p: 1000 },
    "a p of nothing": { ...good, p: 0 },
    "an N in words": { ...good, N: "16384" },
    "a short salt": { ...good, salt: new Uint8Array(15).toBase64() },
    "a long salt": { ...good, salt: new Uint8Array(65).toBase64() },
    "a short nonce": { ...good, nonce: new Uint8Array(31).toBase64() },
    "no base64": { ...good, nonce: "***" },
    "another kind": { ...good, kind: "proof" },
    "a list": [],
    "nothing": null,
  };
  for (const [name, value] of Object.entries(cases)) {
    await t.step(name, () => strictEqual(parseChallenge(encodeLine(value)), undefined));
  }
});

Deno.test("parseProof() reads what formatProof() writes, with a nonce and without", () => {
  const [proof, nonce] = [new Uint8Array(32).fill(6), new Uint8Array(32).fill(7)];
  equal(parseProof(encodeLine(formatProof(proof, nonce))), { proof, nonce });
  equal(parseProof(encodeLine(formatProof(proof))), { proof, nonce: new Uint8Array() });
});

Deno.test("parseChallenge() and parseProof() never throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (line) => {
    parseChallenge(line);
    parseProof(line);
  }));
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    strictEqual(parseChallenge(encodeLine(value)), undefined);
    strictEqual(parseProof(encodeLine(value)), undefined);
  }));
});
