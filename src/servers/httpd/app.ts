import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import type { Endpoint, Log } from "../../platform/mod.ts";
import type { CallButton } from "./call_button.ts";
import type { EventStreams } from "./events.ts";
import type { Headers } from "./headers.ts";
import { isKnownHost } from "./known_host.ts";
import type { StatusSource } from "./mod.ts";
import { renderMessage } from "./views/document.ts";
import type { Moment } from "./views/moment.ts";
import { isCallAnswer, noticeOf } from "./views/notice.ts";
import { renderPage } from "./views/page.ts";

/** What a request brings along beside itself. */
export interface AppEnv {
  readonly Bindings: { readonly remote: Endpoint };
}

/** What the routes are made of. */
export interface AppParts {
  readonly source: Pick<StatusSource, "snapshot">;
  readonly callButton: CallButton;
  readonly events: EventStreams;
  readonly headers: Headers;
  readonly hostnames: readonly string[];
  readonly moment: () => Moment;
  readonly log: Log;
}

/** A password and its name; a form holds nothing else. */
const MAX_BODY_OCTETS = 4 * 1024;

/** The methods of each path, for the answer to others (RFC 9110 section 15.5.6). */
const METHODS: Readonly<Record<string, string>> = {
  "/": "GET, HEAD",
  "/call": "POST",
  "/events": "GET, HEAD",
  "/status.json": "GET, HEAD",
  "/healthz": "GET, HEAD",
};

/** The routes of the status page, without a socket. */
export function createApp(parts: AppParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  guard(app, parts);
  app.get("/", (c) => showPage(c, parts));
  app.post(
    "/call",
    csrf(),
    bodyLimit({ maxSize: MAX_BODY_OCTETS, onError: tooLarge }),
    (c) => beginCall(c, parts),
  );
  app.get("/events", (c) => watch(c, parts));
  app.get("/status.json", async (c) => c.json(await parts.source.snapshot()));
  app.get("/healthz", (c) => checkHealth(c, parts));
  // A refused POST shows its answer at this address; without scripts the page is drawn anew here.
  app.get("/call", (c) => c.redirect("/", 303));
  refuseTheRest(app, parts);
  return app;
}

/** What holds for every request, before it reaches a route. */
function guard(app: Hono<AppEnv>, { headers, hostnames }: AppParts): void {
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
  });
  app.use(async (c, next) => {
    if (isKnownHost(new URL(c.req.url).hostname, hostnames)) return await next();
    return message(c, 421, {
      title: "This page has another name",
      text: "The mail server does not know itself by the name in the address. Use its IP address.",
    });
  });
}

function refuseTheRest(app: Hono<AppEnv>, { log }: AppParts): void {
  for (const [path, methods] of Object.entries(METHODS)) {
    app.all(path, (c) => {
      c.header("Allow", methods);
      return message(c, 405, {
        title: "That cannot be done here",
        text: `This address answers to ${methods} only.`,
      });
    });
  }
  app.notFound((c) =>
    message(c, 404, {
      title: "There is no such page",
      text: "The mail server has one page only: its status.",
    })
  );
  app.onError((error, c) => {
    if ("status" in error && error.status === 403) return strangersForm(c);
    log.error("Cannot answer a request", { path: c.req.path, error: String(error) });
    return message(c, 500, {
      title: "The status cannot be shown",
      text: "Something went wrong in the mail server; its log says what. Mail is not affected.",
    });
  });
}

async function showPage(c: Context<AppEnv>, parts: AppParts): Promise<Response> {
  const answer = c.req.query("call");
  const waitMs = parts.callButton.waitMs(c.env.remote);
  const notice = isCallAnswer(answer) ? noticeOf(answer, waitMs) : undefined;
  const snapshot = await parts.source.snapshot();
  return c.html(renderPage({ snapshot, notice }, parts.moment()));
}

/** Redirects, so that loading the page again does not ask for another call. */
async function beginCall(c: Context<AppEnv>, { callButton }: AppParts): Promise<Response> {
  // What is no form at all has no password either.
  const { password } = await c.req.parseBody().catch(() => ({ password: "" }));
  const answer = await callButton.press(
    typeof password === "string" ? password : "",
    c.env.remote,
  );
  return c.redirect(`/?call=${answer}`, 303);
}

function watch(c: Context<AppEnv>, { events }: AppParts): Response | Promise<Response> {
  // Nobody would read the stream and so nobody would ever end it.
  if (c.req.raw.method === "HEAD") {
    return c.body(null, 200, { "Content-Type": "text/event-stream" });
  }
  const stream = events.open(c);
  if (stream !== undefined) return stream;
  c.header("Retry-After", "30");
  return message(c, 503, {
    title: "Too many are watching",
    text: "The page can be read as usual, but it does not change by itself at the moment.",
  });
}

async function checkHealth(c: Context<AppEnv>, { source, log }: AppParts): Promise<Response> {
  try {
    await source.snapshot();
    return c.text("ok\n");
  } catch (error) {
    log.error("Cannot read the status", { error: String(error) });
    return c.text("not ok\n", 503);
  }
}

function strangersForm(c: Context): Response | Promise<Response> {
  return message(c, 403, {
    title: "That came from another page",
    text: "A call can only be asked for on the status page itself. Open it and try again.",
  });
}

function tooLarge(c: Context): Response | Promise<Response> {
  return message(c, 413, {
    title: "That was too much",
    text: "The form holds a password, and no password is that long.",
  });
}

function message(
  c: Context,
  status: 403 | 404 | 405 | 413 | 421 | 500 | 503,
  said: { readonly title: string; readonly text: string },
): Response | Promise<Response> {
  return c.html(renderMessage(said), status);
}
