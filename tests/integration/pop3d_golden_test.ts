import { RFC_MESSAGES, testServer } from "../support/pop3_server.ts";
import { play } from "../support/transcript.ts";

const golden = new URL("../golden/pop3/", import.meta.url);

/** The longest line that is allowed has 255 octets: `PASS `, this, and CRLF. */
const values = { long: "x".repeat(300), longName: "x".repeat(79), longest: "x".repeat(248) };

for (const { name } of Deno.readDirSync(golden)) {
  Deno.test(`pop3d answers as recorded in ${name}`, async () => {
    await using server = await testServer();
    await server.store.deliver("mrose", RFC_MESSAGES);
    using conn = await server.connect();
    await play(await Deno.readTextFile(new URL(name, golden)), conn, values);
  });
}
