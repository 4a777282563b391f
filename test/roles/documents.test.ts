import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import { readDocument } from '../../engine/source/read.ts'

const test = suite('documents of the roles')

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

for (const role of [
  'hardening',
  'firewall',
  'horcrux',
  'tmkms',
  'cosmos_node',
  'cosmovisor',
  'backup',
  'ca',
  'private_network',
  'tuning',
  'podman',
]) {
  test(`declare, default and describe every variable of ${role}`, () => {
    const declared = options(role)
    const defaulted = Object.keys(document(`roles/${role}/defaults/main.yml`))
    const required = Object.keys(declared).filter((name) => declared[name]?.required === true)
    const written = new Set([...defaulted, ...leftOut(role), ...required])
    assert.equal(Object.keys(declared).sort(), [...written].sort())
    const page = readFileSync(`${ROOT}docs/roles/${role}.md`, 'utf8')
    for (const [name, { type, description }] of Object.entries(declared)) {
      assert.type(type, 'string', name)
      assert.ok(page.includes(`| \`${name}\` |`) && page.includes(description), `docs/roles/${role}.md describes \`${name}\` otherwise`)
    }
  })
}

interface Option {
  readonly type: string
  readonly description: string
  readonly required?: boolean
}

/** Variables without a default, shown in a comment. */
function leftOut(role: string): readonly string[] {
  const text = readFileSync(`${ROOT}roles/${role}/defaults/main.yml`, 'utf8')
  return [...text.matchAll(new RegExp(`^# (${role}_\\w+): `, 'gm'))].map(([, name = '']) => name)
}

function options(role: string): { readonly [name: string]: Option } {
  const { argument_specs } = document(`roles/${role}/meta/argument_specs.yml`) as {
    readonly argument_specs: { readonly main: { readonly options: { readonly [name: string]: Option } } }
  }
  return argument_specs.main.options
}

function document(path: string): object {
  return plain(readDocument(ROOT + path)) as object
}

test.run()
