import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Rejected, reject } from '../../engine/core/diagnostic.ts'
import { at, type Node, plain, type ScalarNode } from '../../engine/core/node.ts'
import { redact, Secret } from '../../engine/core/secret.ts'
import { createOpener } from '../../engine/secrets/opener.ts'
import { inlineValue, seal } from '../../engine/secrets/seal.ts'
import { readDocument } from '../../engine/source/read.ts'
import { sealedNode, takeSealed } from '../../engine/source/sealed.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { type Person, type SecretProject, withProject } from '../support/keys.ts'

const PLANTED = 'planted-9ab1-value'

const test = suite('opening documents')

test('an inline value becomes a secret with the name of its variable', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const text = `db:\n${indent(inlineValue(await sealText(PLANTED), 'password'))}port: 5432\n`
    const opener = createOpener(project.keyring(ana))
    const [document] = await opener.open([parseYaml(text, 'vars.yml')])
    const secret = opener.value(at(at(document, 'db'), 'password') as ScalarNode)
    assert.is(secret.reveal(), PLANTED)
    assert.is(`${secret}`, '<secret db.password>')
    assert.is(plain(at(document, 'port') as Node), 5432)
  }))

test('a sealed file becomes a document whose texts are all secrets', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const armored = await sealText(`token: ${PLANTED}\nusers:\n  - name: ana\n    enabled: true\n`)
    const opener = createOpener(project.keyring(ana))
    const [document] = await opener.open([sealedNode(armored, 'all/keys.sealed.yml')])
    assert.is(opener.value(at(document, 'token') as ScalarNode).reveal(), PLANTED)
    assert.not.match(JSON.stringify(document), PLANTED)
    const users = at(document, 'users')
    const first = users?.kind === 'list' ? users.items[0] : undefined
    assert.is(`${opener.value(at(first, 'name') as ScalarNode)}`, '<secret users[0].name>')
    assert.is((at(first, 'enabled') as ScalarNode).value, true)
  }))

test('what is loaded from disk has its sealed files and values opened', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const keys = await project.write('group_vars/all/keys.yml', await sealText(`token: ${PLANTED}\n`))
    const vars = await project.write('group_vars/all/vars.yml', inlineValue(await sealText(`${PLANTED}-2`), 'other'))
    const opener = createOpener(project.keyring(ana))
    const loads: number[] = []
    const [first, second] = await opener.load(() => {
      loads.push(loads.length)
      return [readDocument(keys), readDocument(vars)]
    })
    assert.is(opener.value(at(first, 'token') as ScalarNode).reveal(), PLANTED)
    assert.is(opener.value(at(second, 'other') as ScalarNode).reveal(), `${PLANTED}-2`)
    assert.is(loads.length, 2)
  }))

test('a loader that fails for want of what is sealed is asked again, any other failure is final', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const keys = await project.write('group_vars/all/more.yml', await sealText(`token: ${PLANTED}\n`))
    const opener = createOpener(project.keyring(ana))
    const load = () => at(readDocument(keys), 'token') ?? reject({ code: 'planted', message: 'there is no token' })
    assert.is(opener.value((await opener.load(load)) as ScalarNode).reveal(), PLANTED)
    const problem = await rejection(() => opener.load(() => reject({ code: 'planted', message: 'never' })))
    assert.is(problem.diagnostics[0]?.message, 'never')
  }))

test('what is sealed counts as empty for someone who only looks and has no key', () =>
  withOperator(async ({ project, sealText }) => {
    const keys = await project.write('group_vars/all/keys.yml', await sealText(`token: ${PLANTED}\n`))
    assert.equal(plain(readDocument(keys)), {})
    takeSealed()
  }))

test('documents without secrets need no key at all', () =>
  withOperator(async ({ project, ana }) => {
    const opener = createOpener(project.keyring({ ...ana, keyFile: '/nonexistent' }))
    const document = parseYaml('a: 1\n', 'vars.yml')
    assert.equal(await opener.open([document]), [document])
  }))

test('all broken secrets are reported together, each at its place', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const good = inlineValue(await sealText('fine'), 'good')
    const text = `one: !secret plain\n${good}two: !secret also plain\n`
    const problem = await rejection(() => createOpener(project.keyring(ana)).open([parseYaml(text, 'vars.yml')]))
    assert.equal(
      problem.diagnostics.map(({ code, origin }) => [code, origin?.line]),
      [
        ['not-sealed', 1],
        ['not-sealed', text.trimEnd().split('\n').length],
      ],
    )
  }))

test('a missing key is one problem, however many secrets there are', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const text = inlineValue(await sealText('a'), 'one') + inlineValue(await sealText('b'), 'two')
    const opener = createOpener(project.keyring({ ...ana, keyFile: '/nonexistent' }))
    const problem = await rejection(() => opener.open([parseYaml(text, 'vars.yml')]))
    assert.equal(
      problem.diagnostics.map(({ code }) => code),
      ['private-key-missing'],
    )
  }))

test('a broken text in a sealed file is reported by place only', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const broken = [
      `a: "${PLANTED}`,
      `a: [${PLANTED}`,
      `a: ${PLANTED}: ${PLANTED}`,
      `a: {{ ${PLANTED} }}`,
      `a: 1\na: ${PLANTED}`,
      `- ${PLANTED}`,
    ]
    for (const text of broken) {
      const opener = createOpener(project.keyring(ana))
      const problem = await rejection(async () => opener.open([sealedNode(await sealText(text), 'all/keys.sealed.yml')]))
      assert.ok(problem.diagnostics.length > 0)
      assert.not.match(`${problem.stack} ${JSON.stringify(problem.diagnostics)}`, PLANTED)
      assert.match(problem.diagnostics[0]?.origin?.file ?? '', /keys\.sealed\.yml \(opened\)$/)
    }
  }))

test('a number in a sealed file is refused, because it would be shown', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const opener = createOpener(project.keyring(ana))
    const problem = await rejection(async () => opener.open([sealedNode(await sealText('name: x\npin: 271828\n'), 'keys.sealed.yml')]))
    assert.equal(
      problem.diagnostics.map(({ code, origin }) => [code, origin?.line]),
      [['sealed-number', 2]],
    )
    assert.not.match(JSON.stringify(problem.diagnostics), '271828')
  }))

test('a value that was never opened is an error and not an empty text', () =>
  withOperator(async ({ project, ana }) => {
    const node = parseYaml('!secret x', 'vars.yml') as ScalarNode
    await rejection(async () => createOpener(project.keyring(ana)).value(node))
  }))

test('a key is unlocked ahead for what the project holds, and nobody is asked later', () =>
  withPassphrase(async ({ project, eva, sealed }) => {
    await project.write('roles/db/vars/main.yml', inlineValue(sealed, 'token'))
    const opener = createOpener(project.keyring(eva, 'long enough'))
    assert.equal(await opener.unlock(), [])
    opener.settle()
    assert.is((await opener.content(sealed, 'key.json')).reveal(), PLANTED)
  }))

test('nobody is asked in the middle of a run', () =>
  withPassphrase(async ({ project, eva, sealed }) => {
    const opener = createOpener(project.keyring(eva, 'long enough'))
    assert.equal(await opener.unlock(), [])
    opener.settle()
    const { diagnostics } = await rejection(() => opener.content(sealed, 'key.json'))
    assert.match(diagnostics[0]?.message ?? '', /eva.* has a passphrase, and nobody is asked for it in the middle of a run/)
  }))

test('a wrong passphrase ends what has not begun, while a key that nobody can unlock is only told of', () =>
  withPassphrase(async ({ project, eva, sealed }) => {
    await project.write('files/key.json', sealed)
    const wrong = await rejection(() => createOpener(project.keyring(eva, 'mistyped')).unlock())
    assert.is(wrong.diagnostics[0]?.code, 'passphrase-wrong')
    const [locked, missing] = [project.keyring(eva), project.keyring({ ...eva, keyFile: '/nonexistent' })]
    assert.is((await createOpener(locked).unlock())[0]?.code, 'passphrase-needed')
    assert.is((await createOpener(missing).unlock())[0]?.code, 'private-key-missing')
  }))

test('a document is never given away with something in it unopened', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const inline = await project.write('vars.yml', inlineValue(await sealText(PLANTED), 'token'))
    const whole = await project.write('whole.yml', await sealText(`token: ${PLANTED}-2\n`))
    const opener = createOpener(project.keyring(ana))
    const given: Node[] = []
    await opener.load(() => void given.push(opener.read(inline), opener.read(whole)))
    assert.equal(
      given.map((node) => opener.value(at(node, 'token') as ScalarNode).reveal()),
      [PLANTED, `${PLANTED}-2`],
    )
  }))

test('what was opened is blanked out of every text that leaves the process', () =>
  withOperator(async ({ project, ana, sealText }) => {
    const value = `${PLANTED}-blanked`
    await createOpener(project.keyring(ana)).open([parseYaml(inlineValue(await sealText(value), 'token'), 'vars.yml')])
    const shown = redact(`stdout: ${value}\nbase64: ${Buffer.from(value).toString('base64')}`)
    assert.not.match(shown, value)
    assert.not.match(shown, Buffer.from(value).toString('base64').slice(0, -2))
  }))

test.run()

interface Operator {
  readonly project: SecretProject
  readonly ana: Person
  readonly sealText: (text: string) => Promise<string>
}

async function withOperator(use: (operator: Operator) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const recipients = await project.keyring(ana).recipients()
    await use({ project, ana, sealText: (text) => seal(new Secret('text', text), recipients) })
  })
}

interface Locked {
  readonly project: SecretProject
  readonly eva: Person
  readonly sealed: string
}

/** With something sealed to a key that has a passphrase. */
async function withPassphrase(use: (locked: Locked) => Promise<void>): Promise<void> {
  await withProject(async (project) => {
    const eva = await project.person('eva', { passphrase: 'long enough' })
    await project.add(eva)
    await use({ project, eva, sealed: await seal(new Secret('text', PLANTED), await project.keyring(eva).recipients()) })
  })
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

async function rejection(attempt: () => Promise<unknown>): Promise<Rejected> {
  try {
    await attempt()
  } catch (error) {
    if (error instanceof Rejected) return error
    throw error
  }
  throw new Error('it was not rejected')
}
