import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import type { ScalarNode } from '../../engine/core/node.ts'
import { at } from '../../engine/core/node.ts'
import { Secret } from '../../engine/core/secret.ts'
import { open } from '../../engine/secrets/open.ts'
import { createOpener } from '../../engine/secrets/opener.ts'
import { rekey } from '../../engine/secrets/rekey.ts'
import { inlineValue, seal } from '../../engine/secrets/seal.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { type Person, type SecretProject, withProject } from '../support/keys.ts'

const WHOLE = 'inventories/main/group_vars/all/keys.sealed.yml'
const INLINE = 'inventories/main/group_vars/all/vars.yml'

const test = suite('rekeying')

test('a new recipient can open everything, a removed one nothing', () =>
  withSealedProject(async ({ project, ana, ben }) => {
    await project.add(ben)
    assert.equal(await rekey(project.keyring(ana)), { changed: [WHOLE, INLINE], kept: [] })
    assert.is(await openWhole(project, ben), 'token: one\n')
    assert.is(await openInline(project, ben), 'two')
    await project.remove(ana)
    await rekey(project.keyring(ben))
    assert.is(await openInline(project, ben), 'two')
    assert.is(await code(() => openWhole(project, ana)), 'not-a-recipient')
    assert.is(await code(() => openInline(project, ana)), 'not-a-recipient')
  }))

test('a second time changes nothing', () =>
  withSealedProject(async ({ project, ana }) => {
    assert.equal(await rekey(project.keyring(ana)), { changed: [], kept: [WHOLE, INLINE] })
  }))

test('the rest of a document stays as it was, comments and indentation included', () =>
  withSealedProject(async ({ project, ana, ben }) => {
    const before = await readFile(join(project.folder, INLINE), 'utf8')
    await project.add(ben)
    await rekey(project.keyring(ana))
    const after = await readFile(join(project.folder, INLINE), 'utf8')
    assert.is.not(after, before)
    assert.is(withoutMessages(after), withoutMessages(before))
  }))

test('a message that cannot be opened leaves all files as they were', () =>
  withSealedProject(async ({ project, ana, ben }) => {
    const before = await readFile(join(project.folder, WHOLE), 'utf8')
    await project.add(ben)
    await project.write(
      'inventories/main/host_vars/y.yml',
      'b: !secret |\n  -----BEGIN PGP MESSAGE-----\n\n  AAAA\n  -----END PGP MESSAGE-----\n',
    )
    assert.is(await code(() => rekey(project.keyring(ana))), 'not-sealed')
    assert.is(await readFile(join(project.folder, WHOLE), 'utf8'), before)
  }))

test('a replaced file keeps its mode and leaves nothing beside it', () =>
  withSealedProject(async ({ project, ana, ben }) => {
    const path = join(project.folder, WHOLE)
    await chmod(path, 0o640)
    await project.add(ben)
    await rekey(project.keyring(ana))
    assert.is((await stat(path)).mode & 0o777, 0o640)
    assert.equal((await readdir(join(path, '..'))).sort(), ['keys.sealed.yml', 'vars.yml'])
  }))

test.run()

interface SealedProject {
  readonly project: SecretProject
  readonly ana: Person
  readonly ben: Person
}

async function withSealedProject(use: (sealed: SealedProject) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const [ana, ben] = [await project.person('ana'), await project.person('ben')]
    await project.add(ana)
    const inline = inlineValue(await sealTo(project, ana, 'two'), 'password').replace(/^(?=.)/gm, '    ')
    await project.write(WHOLE, await sealTo(project, ana, 'token: one\n'))
    await project.write(INLINE, `# kept\ndb:\n${inline}    port: 5432   # kept too\n`)
    await project.write('docs/guide.md', '# Guide\n-----BEGIN PGP MESSAGE-----\nnot a secret\n-----END PGP MESSAGE-----\n')
    await use({ project, ana, ben })
  })
}

async function sealTo(project: SecretProject, person: Person, text: string): Promise<string> {
  return seal(new Secret('text', text), await project.keyring(person).recipients())
}

async function openWhole(project: SecretProject, person: Person): Promise<string> {
  const armored = await readFile(join(project.folder, WHOLE), 'utf8')
  return (await open({ armored, name: WHOLE, origin: { file: WHOLE, line: 1, column: 1 } }, project.keyring(person))).reveal()
}

async function openInline(project: SecretProject, person: Person): Promise<string> {
  const opener = createOpener(project.keyring(person))
  const [document] = await opener.open([parseYaml(await readFile(join(project.folder, INLINE), 'utf8'), INLINE)])
  return opener.value(at(at(document, 'db'), 'password') as ScalarNode).reveal()
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

function withoutMessages(text: string): string {
  return text.replace(/-----BEGIN[\s\S]*?END PGP MESSAGE-----/g, '…')
}
