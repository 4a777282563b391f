import { chmod, chown, lstat, readFile, rm, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { Secret } from '../../engine/core/secret.ts'
import { jsonFile } from '../../engine/modules/json_file.ts'
import { toml } from '../../engine/modules/toml.ts'
import { yamlFile } from '../../engine/modules/yaml_file.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'document edit')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`

interface Edited {
  readonly module: Module
  readonly before: string
  readonly after: string
  readonly broken: string
}

const VALUES = { 'net.port': 26656, net: { name: 'a\'b "c" $d', list: [1, 2] }, on: true }

const EDITS: readonly Edited[] = [
  {
    module: toml,
    before: '# mine\non = false # why\n\n[net]\nport = 1_000 # keep\nold = 1\n',
    after: '# mine\non = true # why\n\n[net]\nport = 26656 # keep\nname = "a\'b \\"c\\" $d"\nlist = [1, 2]\n',
    broken: 'a = [',
  },
  {
    module: yamlFile,
    before: '# mine\non: false # why\nnet:\n  port: 1000 # keep\n  old: 1\n',
    after: '# mine\non: true # why\nnet:\n  port: 26656 # keep\n  name: a\'b "c" $d\n  list:\n    - 1\n    - 2\n',
    broken: 'a: [',
  },
  {
    module: jsonFile,
    before: '{\n\t"on": false,\n\t"net": {"port": 1000, "old": 1}\n}\n',
    after: '{\n\t"on": true,\n\t"net": {"port": 26656, "name": "a\'b \\"c\\" $d", "list": [1,2]}\n}\n',
    broken: '{"a": ',
  },
]

for (const { module, before, after, broken } of EDITS) {
  test(`${module.name} changes what is asked for and nothing else, and repairs whatever drifts`, () =>
    withScratch(async (root) => {
      const path = `${root}/${NAME}`
      const round = { root, params: { path, values: VALUES, absent: ['net.old'], owner: '1', group: 'bin', mode: '0640' } }
      await writeFile(path, before)
      const { changes } = await assertConverges(module, round)
      assert.equal(changes.slice(-5), [
        { what: 'net.port', from: '1000', to: '26656' },
        { what: 'net.name', to: '"a\'b \\"c\\" $d"' },
        { what: 'net.list', to: '[1,2]' },
        { what: 'on', from: 'false', to: 'true' },
        { what: 'net.old', from: '1' },
      ])
      assert.is(await readFile(path, 'utf8'), after)
      for (const drift of [() => writeFile(path, before), () => chmod(path, 0o600), () => chown(path, 0, 2), () => chown(path, 1, 0)]) {
        await drift()
        await assertConverges(module, round)
      }
      const { mode, uid, gid } = await lstat(path)
      assert.equal([mode & 0o7777, uid, gid, await readFile(path, 'utf8')], [0o640, 1, 2, after])
    }))

  test(`${module.name} makes a file on demand, and refuses one it cannot read`, () =>
    withScratch(async (root) => {
      const params = { path: `${root}/x`, values: VALUES }
      await assertRefuses(module, { root, params }, 'there is no file')
      await assertConverges(module, { root, params: { ...params, create: true } })
      await writeFile(`${root}/x`, broken)
      await assertRefuses(module, { root, params }, 'this is no ')
      await assertRefuses(module, { root, params: { ...params, values: { 'a.': 1 } } }, 'is no key')
      await assertRefuses(module, { root, params: { path: `${root}/x` } }, 'give `values`, `secrets` or `absent`')
    }))

  test(`${module.name} shows nothing of a secret`, () =>
    withScratch(async (root) => {
      const params = { path: `${root}/x`, secrets: { 'db.password': new Secret('db', 'correct horse') }, create: true }
      const { changes } = await assertConverges(module, { root, params })
      assert.equal(changes, [
        { what: `${root}/x`, from: 'absent', to: 'file' },
        { what: 'db.password', to: '<secret>' },
      ])
      assert.is((await lstat(`${root}/x`)).mode & 0o7777, 0o600)
      assert.match(await readFile(`${root}/x`, 'utf8'), 'correct horse')
      await assertSettled(module, { root, params })
      await rm(`${root}/x`)
    }))
}

test.run()
