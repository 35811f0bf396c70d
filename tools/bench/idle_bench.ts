import { setUpOffice } from "../../tests/support/appliance.ts";
import { pause } from "../../tests/support/eventually.ts";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { memoryOctets } from "./process_usage.ts";

const CONNECTIONS = 2000;

/** How long a server may tidy up after the last greeting, in ms. */
const SETTLE_MS = 2000;

/**
 * What idle SMTP connections cost: the memory of the process with 2,000 of them that were greeted,
 * less what it was before. In words, for the report.
 */
export async function idleConnections(): Promise<string> {
  await using temp = await tempDir();
  const limits = ["smtp_max_sessions 5000", "smtp_max_per_ip 5000"];
  const office = await setUpOffice(temp.path, ["log_level info", ...limits]);
  await using appliance = await office.serve();
  const port = appliance.port("smtp");
  await closeAll(await open(port, 100)); // What is compiled and allocated at the first ones is not theirs.
  await pause(SETTLE_MS);
  const before = memoryOctets(appliance.pid);
  const connections = await open(port, CONNECTIONS);
  await pause(SETTLE_MS);
  const each = (memoryOctets(appliance.pid) - before) / CONNECTIONS / 1024;
  await closeAll(connections);
  return `${CONNECTIONS} idle SMTP connections: ${each.toFixed(1)} KiB each`;
}

/** Opens connections one after the other and reads the greeting of each. */
async function open(port: number, count: number): Promise<readonly Deno.TcpConn[]> {
  const connections: Deno.TcpConn[] = [];
  const buffer = new Uint8Array(1000);
  while (connections.length < count) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connections.push(connection);
    const octets = await connection.read(buffer) ?? 0;
    const greeting = new TextDecoder().decode(buffer.subarray(0, octets));
    if (!greeting.startsWith("220 ")) {
      throw new Error(`Connection ${connections.length}: ${greeting}`);
    }
  }
  return connections;
}

function closeAll(connections: readonly Deno.TcpConn[]): Promise<void> {
  for (const connection of connections) connection.close();
  return pause(SETTLE_MS);
}
