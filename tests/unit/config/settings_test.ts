import { deepStrictEqual as assertEquals, match, strictEqual } from "node:assert/strict";
import {
  SETTING_GROUPS,
  SETTING_NAMES,
  settingNamed,
  SETTINGS,
} from "../../../src/config/settings/all.ts";
import { defaultFor, type Setting } from "../../../src/config/setting.ts";

/** Every setting the documents name, and those of the maker's other pages (inventory 1.2 and 2). */
const DOCUMENTED = `
  authent_method authent_process authent_number authent_cache authent_domain drop_users pop_port
  smtp_port fallback_address forward forward_cc user_ip_address timezone log_chain slave_number
  msg_filter relay_to forward_from_ip gateway max_retrytime suspend_domain etrn_relay ras_timer
  ras_number ras_entry ras_username ras_password ras_domain ras_smtpip ras_timeout fake_vrfy
  smtp_welcome manager_ip_address manger_ip_address robot_defaultuser domain_chroot dns_host
  proxy_domain spool_dir dsmtp_path hash_spool drop_path bin_path user_quota host_domain dpop_host
  vdomain drop_prefix vdomain_separator work_path log_path log_level stats_path no_dotforward
  alias_file_domain bounce_body bounce_maxlen ban_ip pf_user pf_header pf_isinterval pf_domain
  pf_max_duds max_duds pf_dflt_address pf_retry_delay pf_wait
  add_footer add_status alias alias_fallthrough alias_file allow_dds allowdup alt_drop_path
  apop_enable archive_batch auth_nocache authent_timeout bin_pfull bomb_dec bomb_dir bomb_entries
  bomb_max bomb_exception_from bomb_exception_ip bomb_exception_to sysadmin ban_ip_except
  ban_mailfrom ban_rcptto dns_timeout drop_max log_data lock_id dwatch_path bulletin_path
  bulletin_from dpop_path hash_bindir hide_old_bulls manager_ip_name manager_password min_space
  use_drop lookup_names forward_from forward_user hide_auth fromip_max fromip_nolimit max_rcpts
  oneline_stats dlist_path dlist_domain dlist_loglvl dlist_rotate dlist_smtp_host
`.trim().split(/\s+/);

/** Our additions that users and checks depend on. */
const OURS = `
  bind_ip submission_port smtps_port pops_port http_port http_ip_address tls_cert tls_key run_as
  manager_port etrn_from
  smtp_max_per_ip ban_auto pop_before_smtp
  gateway_auth gateway_tls tls_ca link_up link_down link_check link_window link_tariff link_cap link_linger
  ldap_url ldap_base ldap_bind_dn ldap_bind_password ldap_filter sql_url sql_query
`.trim().split(/\s+/);

Deno.test("SETTINGS has every documented setting and every one of ours", () => {
  const missing = [...DOCUMENTED, ...OURS].filter((name) => settingNamed(name) === undefined);
  assertEquals(missing, []);
});

Deno.test("SETTINGS has each name and alias once, in lower case", () => {
  const names = SETTING_NAMES.flatMap((name) => [name, ...(SETTINGS[name].aliases ?? [])]);
  assertEquals(names.filter((name, index) => names.indexOf(name) !== index), []);
  for (const name of names) match(name, /^[a-z][a-z_]+$/);
});

Deno.test("SETTING_GROUPS holds every setting, each in one group", () => {
  const grouped = SETTING_GROUPS.flatMap(({ settings }) => Object.keys(settings));
  assertEquals(grouped.toSorted(), [...SETTING_NAMES].sort());
});

Deno.test("every default is valid and every description is a sentence", async (t) => {
  for (const name of SETTING_NAMES) {
    await t.step(name, () => {
      const setting: Setting<unknown> = SETTINGS[name];
      match(setting.about, /^[A-Z].*\.$/s);
      for (const os of ["unix", "windows"] as const) {
        const complaints: string[] = [];
        const note = (_: number, message: string) => complaints.push(message);
        const texts = setting.defaultText === undefined
          ? []
          : [defaultFor(setting.defaultText, os)];
        const written = setting.evaluate(texts, os, { error: note, warning: note });
        assertEquals(complaints, []);
        assertEquals(setting.evaluate([], os, { error: note, warning: note }), written);
      }
    });
  }
});

Deno.test("the documented defaults hold", async (t) => {
  const cases = [
    { name: "smtp_port", want: "25" },
    { name: "pop_port", want: "110" },
    { name: "authent_cache", want: "1000" },
    { name: "authent_number", want: "2" },
    { name: "authent_timeout", want: "10" },
    { name: "max_retrytime", want: "48" },
    { name: "drop_prefix", want: "true" }, // A3
    { name: "authent_domain", want: "false" }, // A6
    { name: "pf_max_duds", want: "10" },
    { name: "pf_retry_delay", want: "40" }, // A29
    { name: "pf_isinterval", want: "false" },
    { name: "log_level", want: "info" },
    { name: "bin_pfull", want: "0.5" },
    { name: "bounce_body", want: "false" },
    { name: "add_status", want: "true" },
    { name: "authent_method", want: "unix_user" },
  ] as const;
  for (const { name, want } of cases) {
    await t.step(name, () => {
      const text = SETTINGS[name].defaultText;
      strictEqual(text === undefined ? undefined : defaultFor(text, "unix"), want);
    });
  }
  const method = SETTINGS.authent_method.defaultText;
  strictEqual(method === undefined ? undefined : defaultFor(method, "windows"), "nt_user");
});
