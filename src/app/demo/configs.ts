import { LAB_DOMAIN, OFFICE_DOMAIN, PROVIDER_DOMAIN } from "./messages.ts";

/** The one mailbox at the provider in which mail for the whole office waits. */
export const MAILBOX = { user: "skerry", password: "tern-rock-22" } as const;

/** What the office's people log in with, and what the page asks for. */
export const DEMO_PASSWORD = "demo";

/** Names of the hosts, as the configurations use them. */
export const HOSTS = {
  pop: `pop.${PROVIDER_DOMAIN}`,
  smtp: `smtp.${PROVIDER_DOMAIN}`,
  office: `mail.${OFFICE_DOMAIN}`,
} as const;

/** The provider: a dmail too. */
export function providerConfig(path: string): string {
  return `# The provider of the demo.
host_domain ${PROVIDER_DOMAIN}
# So that the office's mail has somewhere to arrive, these live here too.
host_domain mainland-hospital.example
host_domain nordmed.example

bind_ip 127.0.0.1
smtp_port 0
pop_port 0
authent_method nwauth
work_path ${path}/work
drop_path ${path}/drop

# The office sends through here; mail for its laboratory waits here until ETRN asks for it.
forward_from_ip 127.0.0.1
relay_to ${LAB_DOMAIN}
gateway ${LAB_DOMAIN} ${HOSTS.office}
gateway * mx.world.example
`;
}

/** The office: what an administrator would write. */
export function officeConfig(path: string): string {
  return `# The office of the demo: a clinic on an island.
host_domain ${OFFICE_DOMAIN}
host_domain ${LAB_DOMAIN}

bind_ip 127.0.0.1
smtp_port 0
pop_port 0
http_port 0
authent_method nwauth
work_path ${path}/work
drop_path ${path}/drop
forward_from_ip 127.0.0.1

# The line: these commands reach the demo's simulated modem.
link_up dial
link_down hang up
link_check is it up
link_linger 2

# Every five minutes: collect the office's mailbox, ask for waiting mail, send.
ras_timer 5
pf_user ${MAILBOX.user} ${MAILBOX.password} ${HOSTS.pop} tls=none
pf_header X-Rcpt-To
pf_domain ${OFFICE_DOMAIN}
pf_dflt_address desk@${OFFICE_DOMAIN}
ras_smtpip ${HOSTS.smtp}
gateway * ${HOSTS.smtp}
`;
}
