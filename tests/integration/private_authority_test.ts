/** Mail to a head office whose certificates are signed by an authority of its own (tls_ca). */
import { match, strictEqual } from "node:assert/strict";
import { type ApplianceHere, applianceHere } from "../support/appliance_here.ts";
import { makeAuthority } from "../support/authority.ts";
import { startDovecot } from "../support/dovecot.ts";
import { eventually } from "../support/eventually.ts";
import { octetsOf } from "../support/octet_text.ts";
import { installed } from "../support/peers.ts";
import { SmtpSession } from "../support/smtp_session.ts";
import { tempDir } from "../support/temp_dir.ts";

async function send(branch: ApplianceHere): Promise<void> {
  using session = await SmtpSession.open(branch.port("smtp"));
  const message = octetsOf("Subject: up\r\n\r\nHello\r\n");
  strictEqual((await session.send(["eve@hub.example"], message)).kind, "accepted");
}

/** Why the one message waits, once it was tried. */
function reasonOf({ appliance }: ApplianceHere): Promise<string> {
  return eventually("it was tried", async () => {
    const [entry] = await Array.fromAsync(appliance.core.queue.list());
    return entry?.pending[0]?.lastReason || undefined;
  });
}

/** Flushes until the queue is empty: what is under way at the moment is not tried again at once. */
async function goes({ appliance }: ApplianceHere): Promise<void> {
  const { queue } = appliance.core;
  await eventually("the queue is empty", async () => {
    await queue.flush({}, new AbortController().signal);
    return queue.counts().messages === 0;
  });
}

Deno.test(
  "gateway_tls must believes the authorities of tls_ca, and says what is wrong with others",
  {
    ignore: !installed("openssl"),
  },
  async (t) => {
    await using dir = await tempDir();
    const authority = await makeAuthority(dir.path, "office");
    const stranger = await makeAuthority(dir.path, "stranger");
    const good = await authority.issue("good");
    const cases = [
      {
        name: "expired",
        pair: await authority.issue("expired", { days: -1 }),
        want: /its certificate has expired/,
      },
      {
        name: "another name",
        pair: await authority.issue("other", { names: "DNS:mail.other.example" }),
        want: /its certificate is not for 127\.0\.0\.1, but for mail\.other\.example/,
      },
      {
        name: "an authority that nobody knows",
        pair: await stranger.issue("strange"),
        want: /signed by an authority that is not known here \(tls_ca\)/,
      },
    ];
    for (const { name, pair, want } of cases) {
      await t.step(name, async () => {
        const hubWith = ({ certFile, keyFile }: typeof pair) => [
          ...["host_domain hub.example", `tls_cert ${certFile}`, `tls_key ${keyFile}`],
        ];
        await using hub = await applianceHere(...hubWith(pair));
        await hub.addUsers("eve");
        await using branch = await applianceHere(
          `gateway * 127.0.0.1:${hub.port("smtp")}`,
          "gateway_tls * must",
          `tls_ca ${authority.certFile}`,
          "forward_from_ip 127.0.0.1",
        );
        await send(branch);
        const reason = await reasonOf(branch);
        match(reason, /^Cannot encrypt the session with 127\.0\.0\.1: its certificate is |has /);
        match(reason, want);

        await hub.reload(...hubWith(good));
        await goes(branch);
      });
    }
  },
);

Deno.test("a reload takes another tls_ca, and refuses one that is none with its place", {
  ignore: !installed("openssl"),
}, async (t) => {
  await using dir = await tempDir();
  const authority = await makeAuthority(dir.path);
  const { certFile, keyFile } = await authority.issue("hub");
  await using hub = await applianceHere(
    ...["host_domain hub.example", `tls_cert ${certFile}`, `tls_key ${keyFile}`],
  );
  await hub.addUsers("eve");
  const settings = [
    `gateway * 127.0.0.1:${hub.port("smtp")}`,
    "gateway_tls * must",
    "forward_from_ip 127.0.0.1",
  ];
  await using branch = await applianceHere(...settings);
  await send(branch);
  match(await reasonOf(branch), /not known here/);

  const damaged = `${dir.path}/damaged.pem`;
  await Deno.writeTextFile(
    damaged,
    "# ours\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  );
  const nothing = `${dir.path}/nothing.pem`;
  await Deno.writeTextFile(nothing, "no certificate\n");
  const cases = [
    { path: damaged, want: /damaged\.pem:2: tls_ca: the certificate that begins here is damaged/ },
    { path: nothing, want: /nothing\.pem:1: tls_ca: it holds no certificate/ },
    { path: `${dir.path}/gone.pem`, want: /dmail\.conf:\d+: There is no file .*gone\.pem/ },
  ];
  for (const { path, want } of cases) {
    await t.step(path.slice(dir.path.length + 1), async () => {
      await branch.write(...settings, `tls_ca ${path}`);
      const { kind, problems } = await branch.appliance.reload();
      strictEqual(kind, "kept");
      match(problems.join("\n"), want);
    });
  }

  await branch.reload(...settings, `tls_ca ${authority.certFile}`);
  await goes(branch);
});

Deno.test("mail is collected from a server whose certificate an authority of tls_ca has signed", {
  ignore: !installed("openssl", "dovecot"),
}, async () => {
  await using dir = await tempDir();
  await Deno.chmod(dir.path, 0o755);
  const authority = await makeAuthority(dir.path);
  const tls = await authority.issue("provider");
  await using dovecot = await startDovecot({ users: { box: "secret" }, tls });
  await dovecot.deliver("box", "Subject: kept\n\nHello\n");
  const account = `pf_user box secret 127.0.0.1:${dovecot.tlsPort} tls=pop3s to=eve@office.example`;
  await using office = await applianceHere(account, "pf_retry_delay 0");
  await office.addUsers("eve");
  const { calls } = office.appliance.core;
  const refused = await calls.caller.callNow("command").report;
  match(refused.accounts[0]?.result ?? "", /signed by an authority that is not known here/);

  await office.reload(account, "pf_retry_delay 0", `tls_ca ${authority.certFile}`);
  const { accounts } = await calls.caller.callNow("command").report;
  match(accounts[0]?.result ?? "", /^collected 1 message/);
});
