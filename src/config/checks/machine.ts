import type { SettingName } from "../settings/all.ts";
import type { Facts } from "./facts.ts";

/** What the servers cannot do without. */
export function compulsory({ values, report, isBad }: Facts): void {
  const missing = (name: SettingName, usage: string) => {
    if (!isBad(name)) report("error", name, `${name} is missing: add "${name} ${usage}`);
  };
  if (values.host_domain.length === 0) missing("host_domain", '<domain>", the domain of your mail');
  if (values.work_path === undefined) missing("work_path", '<directory>", where the queue is kept');
  if (values.drop_path === undefined) missing("drop_path", '<directory>", where mail is delivered');
}

/** Users must be found somewhere. */
export function authentication({ values, report, isBad }: Facts): void {
  const method = values.authent_method;
  if (method === "nwauth" || isBad("authent_method")) return;
  // Not a warning: every user would be unknown, and mail for them returned.
  report(
    "error",
    "authent_method",
    `authent_method ${method}: this version looks users up in its own database only; ` +
      'write "authent_method nwauth"',
  );
}

/** No two servers on one port. */
export function ports({ values, report }: Facts): void {
  const mail = values.bind_ip.flat();
  const listeners = [
    { name: "smtp_port", port: values.smtp_port, hosts: mail },
    { name: "submission_port", port: values.submission_port, hosts: mail },
    { name: "smtps_port", port: values.smtps_port, hosts: mail },
    { name: "odmr_port", port: values.odmr_port, hosts: mail },
    { name: "pop_port", port: values.pop_port, hosts: mail },
    { name: "pops_port", port: values.pops_port, hosts: mail },
    { name: "manager_port", port: values.manager_port, hosts: mail },
    { name: "http_port", port: values.http_port, hosts: [values.http_ip_address] },
  ] as const;
  for (const [index, later] of listeners.entries()) {
    const earlier = listeners.slice(0, index).find(({ port, hosts }) =>
      port !== undefined && port !== 0 && port === later.port && overlap(hosts, later.hosts)
    );
    if (earlier === undefined) continue;
    const clash = `${later.name} ${later.port} is the port of ${earlier.name} already`;
    report("error", later.name, `${clash}: write another port for one of them`);
  }
}

/** Whether two servers would listen on the same address. */
function overlap(one: readonly string[], other: readonly string[]): boolean {
  const isEvery = (host: string) => host === "0.0.0.0" || host === "::";
  return one.some(isEvery) || other.some(isEvery) || one.some((host) => other.includes(host));
}

/** A certificate and its key go together. */
export function tls({ values, report }: Facts): void {
  if (values.tls_cert !== undefined && values.tls_key === undefined) {
    report("error", "tls_cert", 'tls_key is missing: add "tls_key <file>" for the key of tls_cert');
  }
  if (values.tls_key !== undefined && values.tls_cert === undefined) {
    report("error", "tls_key", 'tls_cert is missing: add "tls_cert <file>" to go with tls_key');
  }
}
