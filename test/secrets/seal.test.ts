import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { Secret } from '../../engine/core/secret.ts'
import { open, type Sealed } from '../../engine/secrets/open.ts'
import { seal } from '../../engine/secrets/seal.ts'
import { type SecretProject, withProject } from '../support/keys.ts'

const PLANTED = 'planted-5f2c-value'

const test = suite('sealing')

test('each recipient alone opens what was sealed to several', () =>
  withProject(async (project) => {
    const [ana, ben] = [await project.person('ana'), await project.person('ben')]
    await project.add(ana)
    await project.add(ben)
    const sealed = await sealing(project, ana, PLANTED)
    for (const person of [ana, ben]) {
      const opened = await open(sealed, project.keyring(person))
      assert.is(opened.reveal(), PLANTED)
      assert.is(String(opened), '<secret token>')
    }
  }))

test('every byte of a text survives, line ends and spaces at the end included', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    for (const text of ['', '\n', 'a\r\nb\r\n', '  é€😀 \t', 'x\n\n\n', '\uFEFFmark', '- dash\n-----BEGIN PGP MESSAGE-----']) {
      const opened = await open(await sealing(project, ana, text), project.keyring(ana))
      assert.is(opened.reveal(), text)
    }
  }))

test('the same text sealed twice looks different', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const [first, second] = [await sealing(project, ana, PLANTED), await sealing(project, ana, PLANTED)]
    assert.is.not(first.armored, second.armored)
  }))

test('encryption is authenticated when all recipients allow it, and checked for integrity otherwise', () =>
  withProject(async (project) => {
    const [ana, ben] = [await project.person('ana', { modern: true }), await project.person('ben')]
    await project.add(ana)
    assert.is(await integrityVersion((await sealing(project, ana, PLANTED)).armored), 2)
    await project.add(ben)
    const both = await sealing(project, ana, PLANTED)
    assert.is(await integrityVersion(both.armored), 1)
    assert.is((await open(both, project.keyring(ana))).reveal(), PLANTED)
  }))

test('a key with a passphrase is unlocked once, and only when something is sealed to it', () =>
  withProject(async (project) => {
    const ana = await project.person('ana', { passphrase: 'correct horse' })
    await project.add(ana)
    const keyring = project.keyring(ana, 'correct horse')
    const sealed = await sealing(project, ana, PLANTED)
    assert.is((await open(sealed, keyring)).reveal(), PLANTED)
    assert.is((await open(sealed, keyring)).reveal(), PLANTED)
    assert.is(await code(open(sealed, project.keyring(ana, 'wrong horse'))), 'passphrase-wrong')
    assert.is(await code(open(sealed, project.keyring(ana))), 'passphrase-needed')
  }))

test('a stranger learns to whom a value is sealed and whom to ask', () =>
  withProject(async (project) => {
    const [ana, eve] = [await project.person('ana'), await project.person('eve')]
    await project.add(ana)
    const problem = await rejection(open(await sealing(project, ana, PLANTED), project.keyring(eve)))
    const [diagnostic] = problem.diagnostics
    assert.is(diagnostic?.code, 'not-a-recipient')
    assert.match(diagnostic?.detail ?? '', /sealed to ana <ana@fleet\.example> \(key [0-9A-F]{16}\); yours is eve <eve@/)
    assert.is(diagnostic?.origin?.line, 7)
  }))

test('an altered message is refused, whatever was altered', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const sealed = await sealing(project, ana, PLANTED)
    const body = sealed.armored.split('\n')
    for (let line = 2; line < body.length - 2; line++) {
      if (body[line]?.startsWith('=')) continue // the armor's checksum, which guards nothing
      const altered = body.with(line, flip(body[line] ?? '')).join('\n')
      const problem = await rejection(open({ ...sealed, armored: altered }, project.keyring(ana)))
      assert.ok(['sealed-damaged', 'not-sealed', 'not-a-recipient'].includes(problem.diagnostics[0]?.code ?? ''), `line ${line}`)
    }
  }))

test('what is no message is refused without a word of it', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    for (const armored of [PLANTED, `-----BEGIN PGP MESSAGE-----\n\n${PLANTED}\n-----END PGP MESSAGE-----`, '']) {
      const problem = await rejection(open({ armored, name: 'token', origin: ORIGIN }, project.keyring(ana)))
      assert.is(problem.diagnostics[0]?.code, 'not-sealed')
      assert.not.match(JSON.stringify(problem.diagnostics) + problem.stack, PLANTED)
    }
  }))

test('no error of opening shows the value, the passphrase or the key', () =>
  withProject(async (project) => {
    const [ana, eve] = [await project.person('ana', { passphrase: PLANTED }), await project.person('eve')]
    await project.add(ana)
    const sealed = await sealing(project, ana, PLANTED)
    const body = sealed.armored.split('\n')
    const attempts = [
      () => open(sealed, project.keyring(eve)),
      () => open(sealed, project.keyring(ana, `${PLANTED}-mistyped`)),
      () => open({ ...sealed, armored: body.with(5, flip(body[5] ?? '')).join('\n') }, project.keyring(ana, PLANTED)),
    ]
    for (const attempt of attempts) {
      const problem = await rejection(attempt())
      const everything = [
        problem.stack,
        problem.message,
        JSON.stringify(problem),
        JSON.stringify(problem.diagnostics),
        String(problem.cause),
      ].join()
      assert.not.match(everything, PLANTED)
    }
  }))

test('a private key that others can read is refused', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    await chmod(ana.keyFile, 0o640)
    assert.is(await code(open(await sealing(project, ana, PLANTED), project.keyring(ana))), 'private-key-exposed')
  }))

test('a missing private key and one that is none are told apart', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const sealed = await sealing(project, ana, PLANTED)
    await writeFile(ana.keyFile, `${PLANTED}\n`)
    const unreadable = await rejection(open(sealed, project.keyring(ana)))
    assert.is(unreadable.diagnostics[0]?.code, 'private-key-unreadable')
    assert.not.match(JSON.stringify(unreadable.diagnostics), PLANTED)
    assert.is(await code(open(sealed, project.keyring({ ...ana, keyFile: join(project.folder, 'none.asc') }))), 'private-key-missing')
  }))

test('nothing is sealed to nobody, to a file that is no key, or to a private key', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    assert.is(await code(sealing(project, ana, PLANTED)), 'no-recipients')
    await project.write('secrets/recipients/broken.asc', `${PLANTED}\n`)
    await project.write('secrets/recipients/private.asc', await readFile(ana.keyFile, 'utf8'))
    const problem = await rejection(sealing(project, ana, PLANTED))
    assert.equal(
      problem.diagnostics.map(({ code }) => code),
      ['recipient-unreadable', 'recipient-private'],
    )
    assert.not.match(JSON.stringify(problem.diagnostics), PLANTED)
  }))

test.run()

const ORIGIN = { file: 'group_vars/all.yml', line: 7, column: 3 }

async function sealing(project: SecretProject, person: Parameters<SecretProject['keyring']>[0], text: string): Promise<Sealed> {
  const recipients = await project.keyring(person).recipients()
  return { armored: await seal(new Secret('token', text), recipients), name: 'token', origin: ORIGIN }
}

async function rejection(attempt: Promise<unknown>): Promise<Rejected> {
  try {
    await attempt
  } catch (error) {
    if (error instanceof Rejected) return error
    throw error
  }
  throw new Error('it was not rejected')
}

async function code(attempt: Promise<unknown>): Promise<string | undefined> {
  return (await rejection(attempt)).diagnostics[0]?.code
}

function flip(line: string): string {
  const middle = Math.floor(line.length / 2)
  return line.slice(0, middle) + (line[middle] === 'A' ? 'B' : 'A') + line.slice(middle + 1)
}

/** The version of the integrity protected packet: 2 is authenticated encryption. */
async function integrityVersion(armored: string): Promise<number | undefined> {
  const { readMessage } = await import('openpgp')
  const message = await readMessage({ armoredMessage: armored })
  const packet = message.packets.find((candidate) => 'version' in candidate && 'encrypted' in candidate && !('publicKeyID' in candidate))
  return (packet as { version?: number } | undefined)?.version
}
