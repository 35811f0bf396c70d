import { doesNotMatch, match, ok, rejects, strictEqual } from "node:assert/strict";
import { type HttpdOptions, startHttpd } from "../../../../src/servers/httpd/mod.ts";
import { ManualClock } from "../../../support/manual_clock.ts";
import { silentLog } from "../../../support/silent_log.ts";
import {
  callingSnapshot,
  FakeStatusSource,
  richSnapshot,
  SAMPLE_TIME_MS,
} from "../../../support/status_source.ts";

/** A page on a real socket. */
async function start(options: Partial<HttpdOptions> = {}) {
  const source = new FakeStatusSource();
  const clock = new ManualClock(SAMPLE_TIME_MS);
  const end = new AbortController();
  const httpd = await startHttpd(
    { host: "127.0.0.1", port: 0, timeZone: "Europe/Oslo", ...options },
    { source, clock, log: silentLog, signal: end.signal },
  );
  return {
    source,
    clock,
    end,
    httpd,
    base: `http://${httpd.listening}`,
    [Symbol.asyncDispose]: () => httpd[Symbol.asyncDispose](),
  };
}

interface ServerSentEvent {
  readonly event: string;
  readonly data: string;
}

/** Reads the event stream as a browser does; ends where the stream ends or breaks. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  let pending = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const events = (pending + chunk).split("\n\n");
    pending = events.pop()!;
    for (const text of events) {
      const fields = text.split("\n").map((line) => line.split(/: (.*)/s, 2));
      yield {
        event: fields.find(([name]) => name === "event")?.[1] ?? "",
        data: fields.filter(([name]) => name === "data").map(([, value]) => value).join("\n"),
      };
    }
  }
}

/** All events up to and including the next `at`. */
async function batch(events: AsyncIterator<ServerSentEvent>): Promise<readonly ServerSentEvent[]> {
  const got: ServerSentEvent[] = [];
  for (let next = await events.next(); !next.done; next = await events.next()) {
    got.push(next.value);
    if (next.value.event === "at") break;
  }
  return got;
}

async function watch(base: string) {
  const response = await fetch(`${base}/events`);
  return { response, events: eventsOf(response.body!) };
}

Deno.test("/events sends every section once, and then what changes", async () => {
  await using test = await start();
  const { response, events } = await watch(test.base);
  strictEqual(response.headers.get("content-type"), "text/event-stream");
  strictEqual(response.headers.get("cache-control"), "no-store");
  const first = await batch(events);
  strictEqual(
    first.map(({ event }) => event).join(" "),
    "line attention accounts queue mailboxes servers problems log earlier at",
  );
  strictEqual(first.at(-1)!.data, "13:00:00");

  const rich = richSnapshot();
  test.source.change({ ...rich, users: [{ user: "zoe", messages: 7, octets: 70 }] });
  const second = await batch(events);
  strictEqual(second.map(({ event }) => event).join(" "), "mailboxes at");
  match(second[0]!.data, /zoe.*<b>7<\/b>/);

  test.source.change({ ...callingSnapshot(), users: [] });
  strictEqual((await batch(events)).map(({ event }) => event).join(" "), "line mailboxes at");
  await events.return(undefined);
});

Deno.test("/events shows that it lives, and lets the times go on", async () => {
  await using test = await start();
  const { events } = await watch(test.base);
  await batch(events);
  await test.clock.advance(15_000);
  const beat = await batch(events);
  strictEqual(beat.at(-1)!.data, "13:00:15");
  strictEqual(beat.some(({ event }) => event === "log"), false);
  await test.clock.advance(45_000);
  let line = "";
  while (!line.includes("5 min ago")) {
    line += (await batch(events)).find(({ event }) => event === "line")?.data ?? "";
  }
  await events.return(undefined);
});

Deno.test("/events keeps a hostile line inside its event", async () => {
  await using test = await start();
  const { events } = await watch(test.base);
  await batch(events);
  const text = "x\n\nevent: at\ndata: <script>\r\n\r\n";
  const log = [{ atMs: SAMPLE_TIME_MS, program: "p", level: "info" as const, text }];
  test.source.change({ ...richSnapshot(), log });
  const [changed, at] = await batch(events);
  strictEqual(changed!.event, "log");
  match(changed!.data, /x event: at data: &lt;script&gt;/);
  strictEqual(at!.data, "13:00:00");
  await events.return(undefined);
});

Deno.test("/events is closed by a failure, without its reason", async () => {
  await using test = await start();
  const { events } = await watch(test.base);
  await batch(events);
  test.source.change(new Error("Cannot read /var/spool"));
  let rest = "";
  for await (const { event, data } of events) rest += event + data;
  doesNotMatch(rest, /spool/);
});

Deno.test("/events serves a bounded number, and one more when one has left", async () => {
  await using test = await start();
  const watchers = await Promise.all(Array.from({ length: 64 }, () => watch(test.base)));
  const refused = await fetch(`${test.base}/events`);
  strictEqual(refused.status, 503);
  strictEqual(refused.headers.get("retry-after"), "30");
  match(await refused.text(), /Too many are watching/);

  for (const { events } of watchers.slice(1)) await batch(events);
  await watchers[1]!.events.return(undefined);
  let again = await fetch(`${test.base}/events`);
  while (again.status === 503) { // The server hears of the one who left by writing to it.
    await again.body?.cancel();
    test.source.change(richSnapshot());
    again = await fetch(`${test.base}/events`);
  }
  strictEqual(again.status, 200);
  await again.body?.cancel();
  for (const { events } of watchers) await events.return(undefined);
});

Deno.test("startHttpd() counts who watches, and tells those who watch already", async () => {
  await using test = await start();
  strictEqual(test.httpd.sessions, 0);
  const first = await watch(test.base);
  await batch(first.events);
  strictEqual(test.httpd.sessions, 1);

  const second = await watch(test.base);
  await batch(second.events);
  strictEqual(test.httpd.sessions, 2);
  strictEqual((await batch(first.events)).at(-1)!.event, "at");

  await second.events.return(undefined);
  while (test.httpd.sessions === 2) { // The server hears of the one who left by writing to it.
    test.source.change(richSnapshot());
    await batch(first.events);
  }
  strictEqual(test.httpd.sessions, 1);
  await first.events.return(undefined);
});

Deno.test("startHttpd() ends live connections when disposed, twice without harm", async () => {
  const test = await start();
  const { events } = await watch(test.base);
  await batch(events);
  const next = events.next().then(({ done }) => done, () => true); // Ended or cut: both are an end.
  await test.httpd[Symbol.asyncDispose]();
  strictEqual(await next, true);
  strictEqual(test.source.followers, 0);
  strictEqual(test.clock.sleeping, 0);
  await test.httpd[Symbol.asyncDispose]();
  await rejects(fetch(test.base));
});

Deno.test("startHttpd() ends with its signal", async () => {
  await using test = await start();
  test.end.abort();
  await test.httpd[Symbol.asyncDispose]();
  await rejects(fetch(test.base));
});

Deno.test("startHttpd() says where it listens, also for IPv6", async () => {
  await using test = await start();
  match(test.httpd.listening, /^127\.0\.0\.1:\d+$/);
  await using six = await start({ host: "::1" });
  match(six.httpd.listening, /^\[::1\]:\d+$/);
  const response = await fetch(six.base);
  ok((await response.text()).includes("mail.branch.example"));
});

Deno.test("startHttpd() throws when the port is taken", async () => {
  await using test = await start();
  const port = Number(test.httpd.listening.split(":")[1]);
  await rejects(start({ port }), Deno.errors.AddrInUse);
});

Deno.test("startHttpd() knows its own names and no others", async () => {
  await using test = await start({ hostnames: ["branch.example"] });
  const status = async (host: string) => {
    const port = Number(test.httpd.listening.split(":")[1]);
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const request = `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
    await conn.write(new TextEncoder().encode(request));
    return (await new Response(conn.readable).text()).split(" ")[1];
  };
  strictEqual(await status("mail.branch.example"), "200");
  strictEqual(await status("evil.test"), "421");
});
