/** What an operator brings of a validator that signed alone is taken whole or refused in words. */
import { exec, spawn } from 'node:child_process'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hexAddress, newConsensusKey } from '../../engine/ceremony/consensus_key.ts'
import { readSignState } from '../../engine/ceremony/sign_state.ts'
import { readSignerFile } from '../../engine/ceremony/signer_file.ts'
import { type CeremonyProject, inMemoryOf, withFleet, written } from '../support/ceremony.ts'
import { MAIN } from '../support/command.ts'

const test = suite('keys import')

test('where the old signer stood is written for every cosigner', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const state = await project.write('state.json', '{"height":"4711","round":0,"step":3,"signature":"AA=="}')
    const flags = ['keys', 'import', '-', ...(await words(project, { state }))]
    const { code, err } = await project.call(flags, { input: newConsensusKey().text.reveal() })
    assert.is(code, 0, err)
    for (const host of project.cosigners)
      assert.equal(readSignerFile(join(project.folder, 'inventory/host_vars', host, 'signer.yml'))?.state, {
        height: '4711',
        round: 0,
        step: 3,
      })
  }))

test('how far the key has signed must be said, but for the very key that the cosigners have', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const [key, other] = [newConsensusKey(), newConsensusKey()]
    const all = ['keys', 'import', '-', ...(await words(project))]
    const silent = all.filter((word) => word !== '--without-state')
    const refused = async (flags: readonly string[], { text } = key) => {
      const { code, err } = await project.call(flags, { input: text.reveal() })
      assert.is(code, 2, err)
      assert.match(err, 'error[keys-state]')
    }
    await refused(silent)
    await refused([...all, '--state', 'state.json'])
    assert.equal(await written(project), [])
    const told = await project.call(all, { input: key.text.reveal() })
    assert.is(told.code, 0, told.err)
    assert.match(told.err, 'signed so far  not told: cosigners begin with what they find on their hosts')
    const replace = ['--replace', hexAddress(key.publicKey)]
    await refused([...silent, ...replace], other)
    assert.is((await project.call([...silent, ...replace], { input: key.text.reveal() })).code, 0)
  }))

for (const [what, state] of Object.entries({
  'no number': '{"height":"many","round":0,"step":3}',
  'no round': '{"height":"4711","round":null,"step":3}',
  'a round below nothing': '{"height":"4711","round":-1,"step":3}',
  'a step after the last': '{"height":"4711","round":0,"step":4}',
  'a height in powers of ten': '{"height":"1e3","round":0,"step":3}',
  'a height that JSON rounds': '{"height":9007199254740993,"round":0,"step":3}',
  'a height of more than 63 bits': '{"height":"9223372036854775808","round":0,"step":3}',
})) {
  test(`${what}: that is no state of a signer`, () => {
    assert.throws(() => readSignState(state, 'state.json'), /is no `priv_validator_state.json`/)
  })
}

test('a state is taken from CometBFT and from Horcrux', () => {
  const highest = { height: '9223372036854775807', round: 2, step: 3 }
  assert.equal(readSignState('{"height":"9223372036854775807","round":"2","step":3}', 'state.json'), highest)
  assert.equal(readSignState('{"height":"9223372036854775807","round":2,"step":3,"signature":"AA=="}', 'state.json'), highest)
})

test('a key file that others can read is refused', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const path = await project.write('key.json', newConsensusKey().text.reveal())
    await chmod(path, 0o644)
    const { err } = await project.call(['keys', 'import', 'key.json', ...(await words(project))])
    assert.match(err, 'error[private-key-exposed]')
    assert.equal(await written(project), [])
  }))

for (const [what, make, said] of [
  ['a folder', 'mkdir given', 'is a folder, and no file'],
  ['a pipe that nobody writes to', 'mkfifo -m 600 given', 'is a pipe, and no file'],
  ['a device without an end', 'ln -s /dev/zero given', 'is a device, and no file'],
  ['a file without an end', 'umask 077; head -c 65537 /dev/zero > given', 'holds more than 64 KiB'],
  ['a file that is not there', 'true', 'the system says ENOENT'],
] as const) {
  test(`${what} is no key and no state to import`, () =>
    withFleet({}, async (project) => {
      await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
      await promisify(exec)(make, { cwd: project.folder })
      const more = await words(project)
      const asKey = await project.call(['keys', 'import', 'given', ...more])
      const asState = await project.call(['keys', 'import', '-', ...(await words(project, { state: 'given' }))], {
        input: newConsensusKey().text.reveal(),
      })
      for (const { code, err } of [asKey, asState]) {
        assert.is(code, 2, err)
        assert.match(err, 'error[cannot-read]: ')
        assert.match(err, said)
      }
      assert.equal(await written(project), [])
      assert.equal(await project.leftInMemory(), [])
    }))
}

test('what is piped in without an end is refused', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const flags = ['keys', 'import', '-', ...(await words(project))]
    const { code, err } = await project.call(flags, { input: 'x'.repeat(2 ** 20) })
    assert.is(code, 2, err)
    assert.match(err, 'error[cannot-read]: `-` holds more than 64 KiB')
  }))

test('one Ctrl-C ends the waiting for a key from a pipe', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const flags = ['keys', 'import', '-', ...(await words(project))]
    const child = spawn(process.execPath, [MAIN, ...flags], { cwd: project.folder, stdio: ['pipe', 'ignore', 'pipe'], timeout: 30_000 })
    const ended = new Promise<number | null>((done) => child.on('close', done))
    let told = ''
    await new Promise<void>((ready) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        told += text
        if (told.includes('the whole key')) ready()
      })
      child.on('close', ready)
    })
    child.kill('SIGINT')
    assert.is(await ended, 130, told)
    assert.equal(await written(project), [])
    assert.equal(await inMemoryOf(child.pid), [])
  }))

test.run()

interface Saying {
  /** The file with what was signed so far; left out, that nothing is told of it. */
  readonly state?: string
}

async function words(project: CeremonyProject, { state }: Saying = {}): Promise<readonly string[]> {
  const said = state === undefined ? ['--without-state'] : ['--state', state]
  return ['--keep-none', '--yes', '--accept-swap', ...said, '--horcrux', await project.horcrux()]
}
