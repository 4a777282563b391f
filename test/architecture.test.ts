import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

/** The folders of engine/ in the order in which a run uses them; a file imports from its own folder and those above it. */
const ORDER = [
  'core',
  'source',
  'secrets',
  'inventory',
  'fleet',
  'ceremony',
  'modules',
  'playbook',
  'rollout',
  'batch',
  'transport',
  'facts',
  'session',
  'converge',
  'guard',
  'runner',
  'foresight',
  'lab',
  'image',
  'report',
  'cli',
]

/** Folders that know nothing but the core vocabulary. */
const WALLED = ['modules', 'transport', 'facts', 'lab', 'image', 'report']

/** The folders that may open each outside door. */
const KEEPERS: { readonly [name: string]: readonly string[] } = {
  'node-ssh': ['transport'],
  ssh2: ['transport'],
  openpgp: ['secrets'],
  'cli-progress': ['report'],
  handlebars: ['playbook'],
  '@marcbachmann/cel-js': ['playbook'],
  'p-limit': ['runner'],
  ajv: ['source'],
  // Modules that edit documents in place (`toml`, `yaml_file`) see only core, so the formats are open to those two as well.
  yaml: ['source', 'core', 'modules'],
  '@iarna/toml': ['source', 'core', 'modules'],
  process: ['cli'],
}

const LONGEST_LINES = 250

/** Files that are longer, and why splitting them would not help a reader. */
const LONG: { readonly [file: string]: string } = {
  'engine/core/codes.ts': 'a table in which one looks something up',
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const test = suite('architecture')

test('a file imports only from its own folder and from folders above it', async () => {
  const files = await sources()
  assert.ok(files.length > 10, 'the engine was found')
  assert.equal(files.flatMap(importsBelow), [])
})

test('an import of a lower folder is named as advice', () => {
  const planted = { file: 'engine/report/terminal.ts', text: "import { main } from '../cli/main.ts'\n" }
  assert.equal(importsBelow(planted), ['engine/report/terminal.ts imports engine/cli/'])
})

test('modules, transport, facts, lab and report see only the core', () => {
  const planted = { file: 'engine/modules/file.ts', text: "export const later = () => import('../source/yaml.ts')\n" }
  assert.equal(importsBelow(planted), ['engine/modules/file.ts imports engine/source/'])
  assert.equal(importsBelow({ file: 'engine/runner/x.ts', text: "import { up } from '../lab/up.ts'" }), [
    'engine/runner/x.ts imports engine/lab/',
  ])
  assert.equal(importsBelow({ file: 'engine/report/x.ts', text: "import { up } from '../lab/up.ts'" }), [
    'engine/report/x.ts imports engine/lab/',
  ])
})

test('each outside door is opened only by its keeper', async () => {
  assert.equal((await sources()).flatMap(openedDoors), [])
})

test('a door opened elsewhere is named with its keeper', () => {
  const planted = { file: 'engine/runner/run.ts', text: "import { readKey } from 'openpgp/lightweight'\nconst env = process.env\n" }
  assert.equal(openedDoors(planted), [
    'engine/runner/run.ts opens `openpgp`, which is kept in engine/secrets/',
    'engine/runner/run.ts opens `process`, which is kept in engine/cli/',
  ])
})

test('each package the engine depends on has a keeper', async () => {
  const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  assert.equal(
    Object.keys(dependencies).filter((name) => !Object.hasOwn(KEEPERS, name)),
    [],
  )
})

test('every folder of the engine stands in the order', async () => {
  const folders = (await sources()).map(({ file }) => file.split('/')[1])
  assert.equal(
    folders.filter((folder) => !ORDER.includes(folder ?? '')),
    [],
  )
})

test('a file stays short, or says here why it does not', async () => {
  const long = (await sources()).filter(({ file, text }) => text.split('\n').length > LONGEST_LINES + 1 && !Object.hasOwn(LONG, file))
  assert.equal(
    long.map(({ file, text }) => `${file} has ${text.split('\n').length - 1} lines`),
    [],
  )
})

test('files have the name of their subject', async () => {
  const names = (await sources()).map(({ file }) => file)
  const vague = names.filter((file) => /\/(utils?|helpers?|common|index|misc)(\/|\.ts$)/.test(file))
  const miscased = names.filter((file) => !/^[a-z0-9_/]+\.ts$/.test(file))
  assert.equal([...vague, ...miscased], [])
})

test.run()

interface SourceFile {
  readonly file: string
  readonly text: string
}

async function sources(): Promise<readonly SourceFile[]> {
  const names = await readdir(join(root, 'engine'), { recursive: true })
  const files = names.filter((name) => name.endsWith('.ts')).sort()
  return Promise.all(files.map(async (name) => ({ file: `engine/${name}`, text: await readFile(join(root, 'engine', name), 'utf8') })))
}

function importsBelow({ file, text }: SourceFile): readonly string[] {
  const own = file.split('/')[1] ?? ''
  const folders = imported(text)
    .filter((target) => target.startsWith('.'))
    .map((target) => normalize(join(dirname(file), target)))
    .filter((target) => !mayImport(own, target))
  return unique(folders.map((target) => `${file} imports ${target.split('/').slice(0, -1).join('/')}/`))
}

function mayImport(own: string, target: string): boolean {
  const [top, folder = ''] = target.split('/')
  if (top !== 'engine' || !ORDER.includes(folder)) return false
  if (folder === own) return true
  if (WALLED.includes(own)) return folder === 'core'
  if (folder === 'lab') return own === 'cli'
  return ORDER.indexOf(folder) < ORDER.indexOf(own)
}

function openedDoors({ file, text }: SourceFile): readonly string[] {
  const own = file.split('/')[1] ?? ''
  const doors = imported(text).map((target) => target.replace(/^node:/, ''))
  const names = unique([...doors, ...(usesProcess(text) ? ['process'] : [])].flatMap(doorOf))
  return names
    .filter((name) => !KEEPERS[name]?.includes(own))
    .map((name) => `${file} opens \`${name}\`, which is kept in engine/${KEEPERS[name]?.[0]}/`)
}

function doorOf(target: string): readonly string[] {
  return Object.keys(KEEPERS).filter((name) => target === name || target.startsWith(`${name}/`))
}

/** What an import, a re-export or a dynamic import names. */
function imported(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:import|export)\b[^'"`;]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  )
}

function usesProcess(text: string): boolean {
  return /(?<![.\w`'"/])process\s*[.[]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''))
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
