import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { commands } from '../../engine/cli/commands.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
/** The map itself, and what changed. */
const UNMAPPED: ReadonlySet<string> = new Set(['README.md', 'CHANGELOG.md'])
const test = suite('guides')

test('link only to files that exist', async () => {
  const broken = (await pages()).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(root, dirname(path), target)))
      .map((target) => `${path}: ${target}`),
  )
  assert.equal(broken, [])
})

test('stand in a map: each role and each guide in the README and in the map of the guides, each playbook in the README', async () => {
  const all = await readdir(join(root, 'docs'), { recursive: true })
  const guides = all.filter((name) => /^(?:roles\/)?[\w-]+\.md$/.test(name) && !UNMAPPED.has(name))
  const playbooks = (await readdir(join(root, 'playbooks'))).filter((name) => name.endsWith('.yml'))
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const map = await readFile(join(root, 'docs/README.md'), 'utf8')
  const roles = (await readdir(join(root, 'roles'))).map((role) => `roles/${role}.md`)
  assert.equal(
    [...new Set([...guides, ...roles])].filter((name) => !map.includes(`](${name})`) || !readme.includes(`](docs/${name})`)),
    [],
  )
  assert.equal(
    playbooks.filter((name) => !readme.includes(`\`${name}\``)),
    [],
  )
})

test('name only files of this repository that exist', async () => {
  const named = /`((?:docs|engine|test|schemas|\.ci)\/[\w./-]*\.(?:md|ts|json))`/g
  const missing = (await pages()).flatMap(({ path, text }) =>
    [...text.matchAll(named)]
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(join(root, file)))
      .map((file) => `${path}: ${file}`),
  )
  assert.equal(missing, [])
})

test('call only commands that exist', async () => {
  const families = new Set(commands.flatMap(({ command }) => [command.name, command.name.split(' ')[0] ?? '']))
  const unknown = (await pages()).flatMap(({ path, text }) =>
    [...text.matchAll(/(?:^|`)(?:\$ )?holdfast ([a-z]+)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !families.has(name) && name !== 'help')
      .map((name) => `${path}: holdfast ${name}`),
  )
  assert.equal(unknown, [])
})

test.run()

async function pages(): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const names = await readdir(join(root, 'docs'), { recursive: true })
  const paths = ['README.md', ...names.filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
  assert.ok(paths.length > 20, 'the pages were found')
  return await Promise.all(paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })))
}
