import { play } from "../support/transcript.ts";
import { startTestSmtpd } from "../support/smtpd.ts";

const GOLDEN = new URL("../golden/smtp/", import.meta.url);

Deno.test("smtpd answers as recorded", async (t) => {
  for await (const { name } of Deno.readDir(GOLDEN)) {
    await t.step(name, async () => {
      await using server = await startTestSmtpd();
      using conn = await server.connect();
      await play(await Deno.readTextFile(new URL(name, GOLDEN)), conn);
    });
  }
});
