import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { constantFor, nameProblem, scaffoldModule } from '../../engine/cli/module_scaffold.ts'

const REGISTRY = `import type { Module } from '../core/module.ts'
import { apt } from './apt.ts'
import { packageModule } from './package.ts'

// biome-ignore format: one line for each module
export const MODULES: readonly Module[] = [
  apt,
  packageModule,
]
`

const test = suite('a new module')

test('stands in the registry in alphabetical order', () => {
  const registry = scaffoldModule('kernel_module', REGISTRY).at(-1)?.text ?? ''
  assert.equal(registry.split('\n').slice(1, 4), [
    "import { apt } from './apt.ts'",
    "import { kernelModule } from './kernel_module.ts'",
    "import { packageModule } from './package.ts'",
  ])
  assert.equal(registry.split('\n').slice(7, 10), ['  apt,', '  kernelModule,', '  packageModule,'])
  assert.match(scaffoldModule('zfs', REGISTRY).at(-1)?.text ?? '', /packageModule,\n {2}zfs,\n\]/)
  assert.match(scaffoldModule('acl', REGISTRY).at(-1)?.text ?? '', /= \[\n {2}acl,\n {2}apt,/)
})

test('has its file, a first case and a constant that is a legal name', () => {
  const [file, first] = scaffoldModule('kernel_module', REGISTRY)
  assert.is(file?.path, 'engine/modules/kernel_module.ts')
  assert.match(file?.text ?? '', /export const kernelModule = defineModule/)
  assert.is(first?.path, 'test/modules/kernel_module/makes_what_is_absent.yaml')
  assert.is(constantFor('package'), 'packageModule')
})

test('is refused when its name is taken or no name', () => {
  assert.match(nameProblem('apt', REGISTRY) ?? '', /already/)
  for (const name of ['', 'Apt', 'a-b', 'a__b', '_a', 'a/b', '../x']) assert.match(nameProblem(name, REGISTRY) ?? '', /no module name/)
  assert.is(nameProblem('wait_for', REGISTRY), undefined)
})

test.run()
