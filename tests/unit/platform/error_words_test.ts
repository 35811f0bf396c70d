import { strictEqual } from "node:assert/strict";
import { isAddressInUse, messageOf, reasonInWords } from "../../../src/platform/mod.ts";

Deno.test("reasonInWords() says what an administrator understands", async (t) => {
  const cases: [unknown, string][] = [
    [
      new Deno.errors.AddrInUse("Address already in use (os error 98)"),
      "another program uses this port",
    ],
    [
      Object.assign(new Error("listen EADDRINUSE: address already in use 127.0.0.1:25"), {
        code: "EADDRINUSE",
      }),
      "another program uses this port",
    ],
    [
      Object.assign(new Error("listen EACCES: permission denied 127.0.0.1:25"), { code: "EACCES" }),
      "permission denied",
    ],
    [new Deno.errors.PermissionDenied("Permission denied (os error 13)"), "permission denied"],
    [
      new Deno.errors.NotCapable('Requires all access to "/proc/x", run again with --allow-all'),
      "permission denied",
    ],
    [
      new Deno.errors.NotADirectory("Not a directory (os error 20)"),
      "a part of this path is a file, not a directory",
    ],
    [
      new Deno.errors.ConnectionRefused("Connection refused (os error 111)"),
      "nobody listens there",
    ],
    [new Error("getaddrinfo ENOTFOUND mail.office.example"), "this name is not known"],
    [
      new Error("received corrupt message of type InvalidContentType"),
      "what listens there does not speak TLS",
    ],
    [new Deno.errors.IsADirectory("Is a directory (os error 21)"), "it is a directory"],
    [new Error("No space left on device (os error 28)"), "the disk is full"],
    [new Error("Input/output error (os error 5)"), "Input/output error"],
    ["just text", "just text"],
    [undefined, "undefined"],
  ];
  for (const [error, want] of cases) {
    await t.step(want, () => strictEqual(reasonInWords(error), want));
  }
});

Deno.test("reasonInWords() knows what the system really says", async (t) => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  await t.step("a port in use", () => {
    try {
      Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      strictEqual(reasonInWords(error), "another program uses this port");
      strictEqual(isAddressInUse(error), true);
    }
  });
  await t.step("a file where a directory should be", async () => {
    const error = await Deno.mkdir("/etc/passwd/x").catch((error) => error);
    strictEqual(reasonInWords(error), "a part of this path is a file, not a directory");
  });
});

Deno.test("isAddressInUse() takes no other failure for it", () => {
  strictEqual(isAddressInUse(new Deno.errors.AddrNotAvailable("Cannot assign")), false);
  strictEqual(isAddressInUse(undefined), false);
});

Deno.test("messageOf() has words for whatever was thrown", () => {
  strictEqual(messageOf(new TypeError("No host (os error 5)")), "No host (os error 5)");
  strictEqual(messageOf("just text"), "just text");
  strictEqual(messageOf(undefined), "undefined");
});
