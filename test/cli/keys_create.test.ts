import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hexAddress, newConsensusKey } from '../../engine/ceremony/consensus_key.ts'
import { readSignerFile } from '../../engine/ceremony/signer_file.ts'
import { shardFacts } from '../../engine/ceremony/shards.ts'
import { open } from '../../engine/secrets/open.ts'
import { until } from '../faults/applied.ts'
import { type CeremonyProject, filesWith, withFleet, written } from '../support/ceremony.ts'
import type { Person } from '../support/keys.ts'

const test = suite('keys create')

test('each cosigner gets a shard that only its custodians can open', () =>
  withFleet({}, async (project) => {
    const people = await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const { code, err } = await project.call(await words(project))
    assert.is(code, 0, err)
    for (const [i, host] of project.cosigners.entries()) {
      const opened = await Promise.all(people.map((person) => opens(project, { host, person })))
      assert.equal(
        opened.map((id) => id),
        people.map((_, k) => (k === i ? i + 1 : undefined)),
      )
    }
    const [first, ...others] = await Promise.all(project.cosigners.map((host) => factsOf(project, host)))
    assert.match(err, hexAddress(first?.publicKey ?? ''))
    for (const other of others) assert.equal([other.publicKey, other.generation.id], [first?.publicKey, first?.generation.id])
    assert.equal(await project.leftInMemory(), [])
  }))

test('nothing in the files, the arguments, the environment or the output shows the key', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const seed = Buffer.from('0123456789abcdefghijklmnopqrstuv')
    const key = newConsensusKey(seed)
    const seen = join(project.folder, '../seen')
    await mkdir(seen)
    // What anybody on the machine could read of both processes while the key is split.
    const first = `cat /proc/self/cmdline /proc/$PPID/cmdline /proc/$PPID/environ /proc/self/environ > "${seen}/$1"; pwd > "${seen}/folder"`
    const { code, out, err } = await project.call(
      ['keys', 'import', '-', '--without-state', ...(await words(project, { first })).slice(2)],
      {
        input: key.text.reveal(),
      },
    )
    assert.is(code, 0, err)
    assert.ok((await readdir(seen)).length >= 3, 'the processes were seen')
    assert.match(await readFile(join(seen, 'folder'), 'utf8'), /^\/dev\/shm\/holdfast-keys-/)
    const shown = forms(seed)
    assert.equal(await filesWith(join(project.folder, '..'), shown), [])
    for (const text of shown) assert.not.match(out + err, text)
    assert.equal(await project.leftInMemory(), [])
  }))

test('the same way round a key that is on the disk is found', () =>
  withFleet({}, async (project) => {
    const seed = Buffer.from('0123456789abcdefghijklmnopqrstuv')
    await project.write('leak', newConsensusKey(seed).text.reveal())
    assert.equal(await filesWith(project.folder, forms(seed)), ['leak'])
  }))

test('of a program that fails the error is told, and not its usage', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const { err } = await project.call(await words(project, { fault: 'fails' }))
    assert.match(err, 'Error: no space left on device')
    assert.not.match(err, '[flags]')
  }))

for (const [what, straying] of Object.entries({
  'shards of another key': { fault: 'other key' },
  'shards of which fewer make the key': { fault: 'too few' },
  'shards in the wrong place': { fault: 'swapped' },
  'ECIES keys that never belong together': { fault: 'lost zero' },
  'a program that fails': { fault: 'fails' },
  'a release that signs twice': { version: 'v3.3.1' },
  'a release candidate': { version: 'v3.3.2-rc1' },
} as const)) {
  test(`${what}: nothing is written`, () =>
    withFleet({}, async (project) => {
      await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
      const { code, err } = await project.call(await words(project, straying))
      assert.is(code, 2, err)
      assert.match(err, /error\[keys-(shards|horcrux)\]/)
      assert.equal(await written(project), [])
      assert.equal(await project.leftInMemory(), [])
    }))
}

test('ECIES keys that Horcrux has written wrongly are made again', () =>
  withFleet({}, async (project) => {
    const people = await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const made = join(project.folder, '../made')
    const { code, err } = await project.call(await words(project, { fault: 'lost zero once', first: `echo $1 >> "${made}"` }))
    assert.is(code, 0, err)
    assert.is(await readFile(made, 'utf8'), 'create-ecies-shards\ncreate-ecies-shards\ncreate-ed25519-shards\n')
    for (const [i, person] of people.entries()) assert.is(await opens(project, { host: `cosigner-${i + 1}`, person }), i + 1)
  }))

test('a cosigner without custodians is named, and so is a custodian without a key', () =>
  withFleet({ custodians: ['ana', '', 'eva'] }, async (project) => {
    await project.custodian('ana')
    const { code, err } = await project.call(await words(project))
    assert.is(code, 2)
    assert.match(err, 'nobody may open the shard of `cosigner-2`')
    assert.match(err, 'there is no public key of `eva`')
    assert.equal(await written(project), [])
  }))

test('one person who could open as many shards as sign is warned of', () =>
  withFleet({ custodians: ['ana', 'ben', 'ana'] }, async (project) => {
    await Promise.all(['ana', 'ben'].map(project.custodian))
    const { code, err } = await project.call(await words(project))
    assert.is(code, 0, err)
    assert.match(err, 'warning[keys-one-person]: `ana <ana@fleet.example>` can open 2 shards, and 2 make the key')
    assert.not.match(err, '`ben <ben@fleet.example>` can open')
  }))

test('whether the whole key is kept must be said', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const flags = (await words(project)).filter((word) => word !== '--keep-none')
    assert.match((await project.call(flags)).err, 'error[keys-undecided]')
    assert.match((await project.call([...flags, '--keep-none', '--keep-sealed-for', 'ana'])).err, 'error[keys-undecided]')
    assert.equal(await written(project), [])
  }))

test('a kept key can be opened by its keepers alone, and be split again', () =>
  withFleet({}, async (project) => {
    const people = await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const [ana, ben] = people as [Person, Person]
    const kept = (await words(project)).flatMap((word) => (word === '--keep-none' ? ['--keep-sealed-for', 'ana'] : [word]))
    assert.is((await project.call(kept)).code, 0)
    const [ignore = '', file = ''] = (await readdir(join(project.folder, 'secrets/offline'))).sort()
    assert.is(await readFile(join(project.folder, 'secrets/offline', ignore), 'utf8'), '*\n')
    const before = await factsOf(project, 'cosigner-1')
    const again = ['keys', 'import', `secrets/offline/${file}`, ...(await words(project)).slice(2)]
    const replace = ['--replace', hexAddress(before.publicKey)]
    // Of the key itself the cosigners know how far it has signed.
    assert.match((await project.call([...again, ...replace], { as: ben })).err, 'error[not-a-recipient]')
    const { code, err } = await project.call([...again, ...replace], { as: ana })
    assert.is(code, 0, err)
    const after = await factsOf(project, 'cosigner-1')
    assert.is(after.publicKey, before.publicKey)
    assert.is.not(after.generation.id, before.generation.id)
  }))

test('shards that are there are never replaced by accident', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    assert.is((await project.call(await words(project))).code, 0)
    const before = await project.signer('cosigner-2')
    for (const more of [[], ['--replace', 'F1B10EF2AD9594A2CD6E9672022EE731E848EC5F']]) {
      const { code, err } = await project.call([...(await words(project)), ...more])
      assert.is(code, 2)
      assert.match(err, 'error[keys-present]: `cosigner-1` has a shard already')
    }
    assert.is(await project.signer('cosigner-2'), before)
  }))

test('of two calls at once one makes the key, and the other says that somebody was there', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const [begun, go] = [join(project.folder, '../begun'), join(project.folder, '../go')]
    const slow = project.call(await words(project, { first: `touch "${begun}"; until [ -e "${go}" ]; do sleep 0.1; done` }))
    await until(() => existsSync(begun), 'the first to make its key', 60_000)
    const early = await project.call(await words(project))
    await writeFile(go, '')
    const late = await slow
    assert.is(early.code, 0, early.err)
    assert.is(late.code, 2, late.err)
    assert.match(late.err, 'error[keys-busy]')
    const address = /the key ([0-9A-F]{40}) is in 3 shards/.exec(early.err)?.[1] ?? 'none'
    assert.match((await project.call(['keys', 'show'])).out, address)
    assert.equal(await project.leftInMemory(), [])
  }))

test('a file of something else is not written over', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const path = await project.write('inventory/host_vars/cosigner-2/signer.yml', 'region: eu\n')
    const { code, err } = await project.call(await words(project))
    assert.is(code, 2, err)
    assert.match(err, 'signer.yml` stands where the keys of `cosigner-2` go')
    assert.is(await readFile(path, 'utf8'), 'region: eu\n')
  }))

test('a folder that cannot be written is told in words', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    await symlink('/nonexistent/host_vars', join(project.folder, 'inventory/host_vars'))
    const kept = (await words(project)).flatMap((word) => (word === '--keep-none' ? ['--keep-sealed-for', 'ana'] : [word]))
    const { code, err } = await project.call(kept)
    assert.is(code, 2, err)
    assert.match(err, 'error[keys-place]: cannot write')
    assert.equal(await project.leftInMemory(), [])
    const offline = await readdir(join(project.folder, 'secrets/offline'))
    assert.equal(offline, ['.gitignore'], 'a whole key without shards was left')
  }))

test('where the whole key cannot be kept, no shard is written', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    await project.write('secrets/offline', 'a file stands where the folder goes')
    const kept = (await words(project)).flatMap((word) => (word === '--keep-none' ? ['--keep-sealed-for', 'ana'] : [word]))
    const { code, err } = await project.call(kept)
    assert.is(code, 2, err)
    assert.match(err, 'error[keys-place]: cannot write `')
    assert.equal(await written(project), [])
  }))

test('a name that no folder can have, and a program that never stops talking, are refused in words', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const path = join(project.folder, 'inventory/hosts.yml')
    const hosts = await readFile(path, 'utf8')
    const flags = [...(await words(project)).slice(0, -1), '/usr/bin/yes']
    assert.match((await project.call(flags)).err, 'error[keys-horcrux]: `/usr/bin/yes version` does not say the version')
    await writeFile(path, hosts.replace('cosigner-2', 'rack/2'))
    const { code, err } = await project.call(await words(project))
    assert.is(code, 2, err)
    assert.match(err, 'error[keys-place]: `rack/2` needs a folder for its keys, and none can have this name')
    assert.equal(await written(project), [])
  }))

test('a vars file that stands where a folder must be is told how to move', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    await project.write('inventory/host_vars/cosigner-2.yml', 'region: eu\n')
    const { code, err } = await project.call(await words(project))
    assert.is(code, 2)
    assert.match(err, 'mkdir inventory/host_vars/cosigner-2 && git mv inventory/host_vars/cosigner-2.yml')
    assert.equal(await written(project), [])
  }))

test.run()

async function words(project: CeremonyProject, straying = {}): Promise<readonly string[]> {
  return ['keys', 'create', '--keep-none', '--yes', '--accept-swap', '--horcrux', await project.horcrux(straying)]
}

async function factsOf({ folder }: CeremonyProject, host: string) {
  const file = readSignerFile(join(folder, 'inventory/host_vars', host, 'signer.yml'))
  if (!file) throw new Error(`${host} has no signer.yml`)
  return file
}

/** The number of the shard of a host, if that person can open it. */
async function opens(project: CeremonyProject, { host, person }: { host: string; person: Person }): Promise<number | undefined> {
  const { shard, ecies } = await factsOf(project, host)
  const keyring = project.keyring(person)
  const both = await Promise.all([open(shard, keyring), open(ecies, keyring)]).catch(() => undefined)
  const facts = both && shardFacts({ shard: both[0], ecies: both[1] })
  return facts && 'id' in facts ? facts.id : undefined
}

/** The key as it could stand somewhere. */
function forms(seed: Buffer): readonly string[] {
  const key = JSON.parse(newConsensusKey(seed).text.reveal()).priv_key.value
  return [key.slice(0, 40), seed.toString('hex'), seed.toString('latin1')]
}
