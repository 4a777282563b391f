import type { Module } from '../core/module.ts'
import { copy } from './copy.ts'
import { file } from './file.ts'
import { stat } from './stat.ts'
import { template } from './template.ts'
import { timezone } from './timezone.ts'

/** Every module Holdfast knows, by name. */
// biome-ignore format: one line for each module
export const MODULES: readonly Module[] = [
  copy,
  file,
  stat,
  template,
  timezone,
]

/** The module of this name, also as Ansible spells it in full: `ansible.builtin.copy`. */
export function findModule(name: string): Module | undefined {
  return byName.get(name.replace(/^ansible\.(builtin|legacy)\./, ''))
}

const byName: ReadonlyMap<string, Module> = new Map(MODULES.map((module) => [module.name, module]))
