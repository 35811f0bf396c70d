import { rejects, strictEqual } from "node:assert/strict";
import { serveHttp } from "../../../src/platform/mod.ts";

Deno.test("serveHttp() tells the port it took and who asks", async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  await using server = serveHttp({
    host: "127.0.0.1",
    port: 0,
    handler: (request, remote) => new Response(`${new URL(request.url).pathname} ${remote.host}`),
    onListen: ({ port }) => resolve(port),
  });
  strictEqual(await promise, server.local.port);
  const response = await fetch(`http://127.0.0.1:${server.local.port}/a`);
  strictEqual(await response.text(), "/a 127.0.0.1");
});

Deno.test("serveHttp() cancels what it is still sending when it ends", async () => {
  const cancelled = Promise.withResolvers<void>();
  const end = new AbortController();
  const server = serveHttp({
    host: "127.0.0.1",
    port: 0,
    handler: () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
          cancel: () => cancelled.resolve(),
        }),
      ),
  }, end.signal);
  const response = await fetch(`http://127.0.0.1:${server.local.port}/`);
  const reader = response.body!.getReader();
  await reader.read();
  end.abort();
  await cancelled.promise;
  await server.finished;
  await rejects(reader.read());
  await server[Symbol.asyncDispose]();
});
