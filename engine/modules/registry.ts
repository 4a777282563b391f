import type { Module } from '../core/module.ts'
import { apt } from './apt.ts'
import { assert } from './assert.ts'
import { blockinfile } from './blockinfile.ts'
import { command } from './command.ts'
import { copy } from './copy.ts'
import { debug } from './debug.ts'
import { fail } from './fail.ts'
import { fetch } from './fetch.ts'
import { file } from './file.ts'
import { getUrl } from './get_url.ts'
import { group } from './group.ts'
import { includeVars } from './include_vars.ts'
import { lineinfile } from './lineinfile.ts'
import { meta } from './meta.ts'
import { packageModule } from './package.ts'
import { pause } from './pause.ts'
import { reboot } from './reboot.ts'
import { replace } from './replace.ts'
import { setFact } from './set_fact.ts'
import { shell } from './shell.ts'
import { slurp } from './slurp.ts'
import { stat } from './stat.ts'
import { sysctl } from './sysctl.ts'
import { systemdService } from './systemd_service.ts'
import { template } from './template.ts'
import { timezone } from './timezone.ts'
import { user } from './user.ts'

/** Every module Holdfast knows, by name. */
// biome-ignore format: one line for each module
export const MODULES: readonly Module[] = [
  apt,
  assert,
  blockinfile,
  command,
  copy,
  debug,
  fail,
  fetch,
  file,
  getUrl,
  group,
  includeVars,
  lineinfile,
  meta,
  packageModule,
  pause,
  reboot,
  replace,
  setFact,
  shell,
  slurp,
  stat,
  sysctl,
  systemdService,
  template,
  timezone,
  user,
]

/** The module of this name, also as Ansible spells it in full: `ansible.builtin.copy`. */
export function findModule(name: string): Module | undefined {
  return byName.get(name.replace(/^ansible\.(builtin|legacy)\./, ''))
}

const byName: ReadonlyMap<string, Module> = new Map(MODULES.map((module) => [module.name, module]))
