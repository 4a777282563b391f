import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { type Editing, edit, view } from '../../engine/secrets/edit.ts'
import { type Person, type SecretProject, withProject } from '../support/keys.ts'
import { suiteUnless } from '../support/skip.ts'

const PLANTED = 'planted-77d0-value'
const FILE = 'secrets/site.sealed.yml'

const test = suiteUnless(existsSync('/dev/shm') ? [] : ['there is no /dev/shm'], 'editing a sealed file')

test('a new file is written, sealed, and can be edited again', () =>
  withOperator(async ({ file, editing, project, ana }) => {
    assert.is(
      await edit(
        file,
        editing((path) => writeFile(path, `token: ${PLANTED}\n`)),
      ),
      'sealed',
    )
    assert.not.match(await readFile(file, 'utf8'), PLANTED)
    assert.is((await view(file, project.keyring(ana))).reveal(), `token: ${PLANTED}\n`)
    assert.is(
      await edit(
        file,
        editing(async (path) => writeFile(path, `${await readFile(path, 'utf8')}more: x\n`)),
      ),
      'sealed',
    )
    assert.is((await view(file, project.keyring(ana))).reveal(), `token: ${PLANTED}\nmore: x\n`)
  }))

test('the text stands in a private folder in memory, and nothing of it is left, backups included', () =>
  withOperator(async ({ file, editing }) => {
    let folder = ''
    const editor = async (path: string) => {
      folder = dirname(path)
      assert.is((await stat(path)).mode & 0o777, 0o600)
      assert.is((await stat(folder)).mode & 0o777, 0o700)
      assert.match(folder, /^\/dev\/shm\//)
      await writeFile(`${path}~`, PLANTED)
      await writeFile(path, `token: ${PLANTED}\n`)
    }
    await edit(file, editing(editor))
    assert.is(existsSync(folder), false)
  }))

test('an editor that fails leaves the file as it was and nothing in memory', () =>
  withOperator(async ({ file, editing }) => {
    await edit(
      file,
      editing((path) => writeFile(path, `token: ${PLANTED}\n`)),
    )
    const before = await readFile(file, 'utf8')
    let folder = ''
    const crash = async (path: string) => {
      folder = dirname(path)
      throw new Error('the editor crashed')
    }
    try {
      await edit(file, editing(crash))
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'the editor crashed')
    }
    assert.is(await readFile(file, 'utf8'), before)
    assert.is(existsSync(folder), false)
  }))

test('an unchanged text is not sealed anew', () =>
  withOperator(async ({ file, editing }) => {
    await edit(
      file,
      editing((path) => writeFile(path, 'a: b\n')),
    )
    const before = await readFile(file, 'utf8')
    assert.is(
      await edit(
        file,
        editing(async () => {}),
      ),
      'unchanged',
    )
    assert.is(await readFile(file, 'utf8'), before)
  }))

test('a broken text can be mended or given up, and is never sealed', () =>
  withOperator(async ({ file, editing }) => {
    const said: Rejected[] = []
    const texts = [`a: "${PLANTED}`, 'pin: 47110815\n', 'pin: "47110815"\n']
    const again = async (problem: Rejected) => said.push(problem) > 0
    assert.is(await edit(file, { ...editing((path) => writeFile(path, texts.shift() ?? '')), again }), 'sealed')
    assert.equal(
      said.map(({ diagnostics }) => diagnostics[0]?.code),
      ['sealed-yaml', 'sealed-number'],
    )
    assert.not.match(JSON.stringify(said.map(({ diagnostics }) => diagnostics)), PLANTED)
    assert.is(await edit(file, { ...editing((path) => writeFile(path, 'a: [')), again: async () => false }), 'abandoned')
  }))

test('a folder that is not in memory is refused before the editor opens', () =>
  withOperator(async ({ file, editing, project }) => {
    const opened: string[] = []
    const editor = async (path: string) => void opened.push(path)
    assert.is(await code(() => edit(file, { ...editing(editor), memory: project.folder })), 'no-memory-folder')
    assert.equal(opened, [])
  }))

test('a document that is not sealed as a whole is left alone', () =>
  withOperator(async ({ file, editing }) => {
    await writeFile(file, 'a: b\n')
    assert.is(
      await code(() =>
        edit(
          file,
          editing(async () => {}),
        ),
      ),
      'not-sealed-file',
    )
  }))

test.run()

interface Operator {
  readonly project: SecretProject
  readonly ana: Person
  readonly file: string
  readonly editing: (editor: Editing['editor']) => Editing
}

async function withOperator(use: (operator: Operator) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const editing = (editor: Editing['editor']): Editing => ({ keyring: project.keyring(ana), editor, again: async () => false })
    await use({ project, ana, file: join(project.folder, FILE), editing })
  })
}

async function code(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt()
    return undefined
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics[0]?.code
    throw error
  }
}
