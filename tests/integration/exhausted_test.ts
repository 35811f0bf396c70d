/**
 * More connections than the system gives the program descriptors for: it serves again as soon as
 * they are gone.
 *
 * @module
 */
import { strictEqual } from "node:assert/strict";
import { systemPinnedTls } from "../../src/platform/mod.ts";
import { CHECKOUT, setUpOffice } from "../support/appliance.ts";
import { eventually, pause } from "../support/eventually.ts";
import { tempDir } from "../support/temp_dir.ts";

const DESCRIPTORS = 200;

/** The product under a limit that is easily reached. */
const LIMITED = {
  ...CHECKOUT,
  path: "/bin/sh",
  words: ["-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`, CHECKOUT.path, ...CHECKOUT.words],
};

for (const server of ["smtp", "pop3", "http", "manager"] as const) {
  Deno.test(`serve outlives more connections for ${server} than it can open`, {
    ignore: Deno.build.os === "windows",
  }, async () => {
    await using temp = await tempDir();
    const settings = ["smtp_max_sessions 20", "manager_port 0"];
    const office = await setUpOffice(temp.path, settings, LIMITED);
    await using appliance = await office.serve();
    await crowd(appliance.port(server), `${office.workPath}/control.sock`);
    const page = appliance.port("http");
    await eventually("the page answers", () => answers(page, "GET /healthz HTTP/1.0\r\n\r\n"));
    await eventually("SMTP answers", () => answers(appliance.port("smtp"), ""));
    await eventually("POP3 answers", () => answers(appliance.port("pop3"), ""));
    await eventually("the manager's port answers", () => shakesHands(appliance.port("manager")));
    strictEqual((await office.dmail(["tellsmtp", "status"])).code, 0);
    strictEqual(await appliance.stop(), 0);
  });
}

/** Opens as many connections as it is let, and closes all of them when no more can be had. */
async function crowd(port: number, controlPath: string): Promise<void> {
  using connections = new DisposableStack();
  try {
    for (let opened = 0; opened < 2 * DESCRIPTORS; opened++) {
      connections.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
  } catch {
    // The server does not listen for a moment.
  }
  connections.use(await Deno.connect({ transport: "unix", path: controlPath }));
  await pause(500); // What the program has not accepted by now waits for a descriptor.
}

/** How long a server that accepts nobody is waited for, in ms, before it is asked again. */
const ANSWER_MS = 2_000;

/** Whether TLS can be made. */
async function shakesHands(port: number): Promise<boolean> {
  const target = { host: "127.0.0.1", port };
  try {
    const { connection } = await systemPinnedTls.connectUnverified(
      target,
      AbortSignal.timeout(ANSWER_MS),
    );
    connection.close();
    return true;
  } catch {
    return false;
  }
}

/** Whether anything but an end comes back. */
async function answers(port: number, request: string): Promise<boolean> {
  const done = new AbortController();
  try {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    pause(ANSWER_MS, done.signal).then(() => done.signal.aborted || connection.close());
    await connection.write(new TextEncoder().encode(request));
    return await connection.read(new Uint8Array(100)) !== null;
  } catch {
    return false;
  } finally {
    done.abort();
  }
}
