import type { Module } from '../core/module.ts'
import { apt } from './apt.ts'
import { assert } from './assert.ts'
import { authorizedKey } from './authorized_key.ts'
import { blockinfile } from './blockinfile.ts'
import { command } from './command.ts'
import { copy } from './copy.ts'
import { cron } from './cron.ts'
import { debug } from './debug.ts'
import { fail } from './fail.ts'
import { fetch } from './fetch.ts'
import { file } from './file.ts'
import { getUrl } from './get_url.ts'
import { group } from './group.ts'
import { hostname } from './hostname.ts'
import { includeVars } from './include_vars.ts'
import { jsonFile } from './json_file.ts'
import { kernelModule } from './kernel_module.ts'
import { lineinfile } from './lineinfile.ts'
import { meta } from './meta.ts'
import { mount } from './mount.ts'
import { nftables } from './nftables.ts'
import { packageModule } from './package.ts'
import { pamProfile } from './pam_profile.ts'
import { pause } from './pause.ts'
import { podmanImage } from './podman_image.ts'
import { quadlet } from './quadlet.ts'
import { raw } from './raw.ts'
import { reboot } from './reboot.ts'
import { replace } from './replace.ts'
import { script } from './script.ts'
import { setFact } from './set_fact.ts'
import { shell } from './shell.ts'
import { signerKey } from './signer_key.ts'
import { signerService } from './signer_service.ts'
import { signingState } from './signing_state.ts'
import { slurp } from './slurp.ts'
import { stat } from './stat.ts'
import { sudoers } from './sudoers.ts'
import { sysctl } from './sysctl.ts'
import { systemdService } from './systemd_service.ts'
import { systemdUnit } from './systemd_unit.ts'
import { template } from './template.ts'
import { timezone } from './timezone.ts'
import { toml } from './toml.ts'
import { unarchive } from './unarchive.ts'
import { uri } from './uri.ts'
import { user } from './user.ts'
import { waitFor } from './wait_for.ts'
import { wireguard } from './wireguard.ts'
import { wireguardKey } from './wireguard_key.ts'
import { yamlFile } from './yaml_file.ts'

/** Every module Holdfast knows, by name. */
// biome-ignore format: one line for each module
export const MODULES: readonly Module[] = [
  apt,
  assert,
  authorizedKey,
  blockinfile,
  command,
  copy,
  cron,
  debug,
  fail,
  fetch,
  file,
  getUrl,
  group,
  hostname,
  includeVars,
  jsonFile,
  kernelModule,
  lineinfile,
  meta,
  mount,
  nftables,
  packageModule,
  pamProfile,
  pause,
  podmanImage,
  quadlet,
  raw,
  reboot,
  replace,
  script,
  setFact,
  shell,
  signerKey,
  signerService,
  signingState,
  slurp,
  stat,
  sudoers,
  sysctl,
  systemdService,
  systemdUnit,
  template,
  timezone,
  toml,
  unarchive,
  uri,
  user,
  waitFor,
  wireguard,
  wireguardKey,
  yamlFile,
]

/** The module of this name, also as Ansible spells it in full: `ansible.builtin.copy`, `ansible.posix.mount`. */
export function findModule(name: string): Module | undefined {
  const plain = name.replace(/^(ansible\.(builtin|legacy|posix)|community\.general)\./, '')
  return byName.get(ALIASES.get(plain) ?? plain)
}

const byName: ReadonlyMap<string, Module> = new Map(MODULES.map((module) => [module.name, module]))

/** Ansible's other names for the same thing. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['systemd', 'systemd_service'],
  ['service', 'systemd_service'],
])
