import { createHash } from 'node:crypto'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newConsensusKey } from '../../engine/ceremony/consensus_key.ts'
import { readSignerFile, signerText } from '../../engine/ceremony/signer_file.ts'
import { Secret } from '../../engine/core/secret.ts'
import { open } from '../../engine/secrets/open.ts'
import { loadRecipients } from '../../engine/secrets/recipient.ts'
import { seal } from '../../engine/secrets/seal.ts'
import { type CeremonyProject, withFleet } from '../support/ceremony.ts'
import type { Person } from '../support/keys.ts'
import { LOST_ZERO } from '../support/stand_in_horcrux.ts'

const test = suite('keys show, verify, reseal, backup and restore')

const KEY = newConsensusKey(Buffer.alloc(32, 9))

test('show needs no key, and says what is public', () =>
  withShards(async ({ project }) => {
    const { code, out, err } = await project.call(['keys', 'show', '--json'])
    assert.is(code, 0, err)
    const shown = JSON.parse(out)
    assert.is(shown.address.PubKey, JSON.stringify({ '@type': '/cosmos.crypto.ed25519.PubKey', key: KEY.publicKey }))
    assert.equal(
      shown.shards.map(({ shard, host, sealed_to }: { shard: number; host: string; sealed_to: { name: string }[] }) => [
        shard,
        host,
        sealed_to.map(({ name }) => name),
      ]),
      ['ana', 'ben', 'eva'].map((name, i) => [i + 1, `cosigner-${i + 1}`, [`${name} <${name}@fleet.example>`]]),
    )
    const text = await project.call(['keys', 'show'])
    assert.match(text.out, shown.address.HexAddress)
  }))

test('verify opens what it can, and says so of the rest', () =>
  withShards(async ({ project, people: [, ben] }) => {
    const { code, err } = await project.call(['keys', 'verify'], { as: ben })
    assert.is(code, 0, err)
    assert.match(err, 'Skipped cosigner-1 · sealed to others')
    assert.match(err, 'Ok cosigner-2 · shard 2, opened')
    assert.is((await project.call(['keys', 'verify'])).code, 0, 'nobody at all')
    await mkdir(join(project.folder, 'keys'), { mode: 0o700 })
    assert.match((await project.call(['keys', 'verify', '--key', 'keys'])).err, 'error[private-key-unreadable]')
  }))

test('verify finds a shard under the name of another', () =>
  withShards(async ({ project, people: [ana] }) => {
    const [one, two] = [await project.signer('cosigner-1'), await project.signer('cosigner-2')]
    // What is public says 2, what is sealed is 1.
    await write(project, 'cosigner-2', two.slice(0, two.indexOf('horcrux_shard')) + one.slice(one.indexOf('horcrux_shard')))
    const { code, err } = await project.call(['keys', 'verify'], { as: ana })
    assert.is(code, 1)
    assert.match(err, 'Failed cosigner-2 · what is sealed is the shard 1, and not 2')
    assert.match(err, 'warning[keys-stale]: the shard of `cosigner-2` is sealed to others')
  }))

test('verify finds ECIES keys that the others could not use', () =>
  withShards(async ({ project, people: [ana] }) => {
    const path = join(project.folder, 'inventory/host_vars/cosigner-1/signer.yml')
    const file = readSignerFile(path)
    if (!file) throw new Error('cosigner-1 has no shard')
    const content = JSON.parse((await open(file.ecies, project.keyring(ana))).reveal())
    content.eciesPubs[2] = Buffer.from(LOST_ZERO.written, 'hex').toString('base64')
    const ecies = await seal(new Secret('ecies', JSON.stringify(content)), await loadRecipients(project.folder, 'secrets/custodians'))
    await writeFile(path, signerText({ ...file, shard: file.shard.armored, ecies }))
    const { code, err } = await project.call(['keys', 'verify'], { as: ana })
    assert.is(code, 1, err)
    assert.match(err, 'Failed cosigner-1 · the public key of cosigner 3 among its ECIES keys is none')
  }))

test('shards of two makings are refused before any run', () =>
  withShards(async ({ project, make }) => {
    const before = await project.signer('cosigner-2')
    assert.is((await make('--replace', hex())).code, 0)
    await write(project, 'cosigner-2', before)
    assert.is((await project.call(['keys', 'verify'])).code, 1)
    await project.write('site.yml', '- hosts: cosigner\n  tasks:\n    - debug: { msg: hello }\n')
    const { code, err } = await project.call(['apply', 'site.yml', '--transport', 'local', '--yes'])
    assert.is(code, 2)
    assert.match(err, 'error[keys-mixed]: the shard of `cosigner-2` was made at another time than that of `cosigner-1`')
  }))

test('so is another threshold than the shards were made with', () =>
  withShards(async ({ project }) => {
    const hosts = await readFile(join(project.folder, 'inventory/hosts.yml'), 'utf8')
    await project.write(
      'inventory/hosts.yml',
      `${hosts}    cosigner-4: { private_address: 10.0.1.4, shard_id: 4, signer_recipients: [ana] }\n`,
    )
    const { err } = await project.call(['topology'])
    assert.match(err, 'error[keys-mixed]: `cosigner-4` has no shard, and others have')
    assert.match(err, 'error[keys-mixed]: the shards were made for 3 cosigners, and there are 4')
  }))

test('a new custodian gets the shard from an old one, and the old one loses it', () =>
  withShards(async ({ project, people: [ana, ben] }) => {
    const zoe = await project.custodian('zoe')
    const hosts = await readFile(join(project.folder, 'inventory/hosts.yml'), 'utf8')
    await project.write('inventory/hosts.yml', hosts.replace('signer_recipients: [ben]', 'signer_recipients: [zoe]'))
    assert.match((await project.call(['keys', 'verify'], { as: zoe })).err, 'warning[keys-stale]')
    assert.match((await project.call(['keys', 'reseal'], { as: ana })).err, 'error[not-a-recipient]')
    const { code, err } = await project.call(['keys', 'reseal', '-l', 'cosigner-2'], { as: ben })
    assert.is(code, 0, err)
    assert.match(err, '1 sealed anew, 0 already as they should be')
    const seen = async (as: Person) => (await project.call(['keys', 'verify'], { as })).err
    assert.match(await seen(zoe), 'Ok cosigner-2 · shard 2, opened')
    assert.match(await seen(ben), 'Skipped cosigner-2')
    assert.match((await project.call(['keys', 'reseal'], { as: ana })).err, '0 sealed anew, 3 already as they should be')
  }))

test('what was lost comes back as it was', () =>
  withShards(async ({ project }) => {
    const before = await Promise.all(project.cosigners.map(project.signer))
    assert.is((await project.call(['keys', 'backup', '--to', 'safe'])).code, 0)
    await rm(join(project.folder, 'inventory/host_vars'), { recursive: true })
    const { code, err } = await project.call(['keys', 'restore', '--from', 'safe'])
    assert.is(code, 0, err)
    assert.equal(await Promise.all(project.cosigners.map(project.signer)), before)
    assert.match((await project.call(['keys', 'restore', '--from', 'safe'])).err, '0 shards of generation')
    assert.match((await project.call(['keys', 'backup', '--to', 'safe'])).err, 'error[keys-backup]')
  }))

test('a backup that was changed, or is of another making, brings nothing back', () =>
  withShards(async ({ project, make }) => {
    assert.is((await project.call(['keys', 'backup', '--to', 'safe'])).code, 0)
    await cp(join(project.folder, 'safe'), join(project.folder, 'bad'), { recursive: true })
    const file = join(project.folder, 'bad/cosigner-2.signer.yml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('shard_id: 2', 'shard_id: 1'))
    assert.is((await make('--replace', hex())).code, 0)
    await rm(join(project.folder, 'inventory/host_vars/cosigner-2'), { recursive: true })
    const restore = async (from: string) => (await project.call(['keys', 'restore', '--from', from])).err
    assert.match(await restore('bad'), 'error[keys-backup]: `cosigner-2.signer.yml` is not what it was')
    assert.match(await restore('safe'), 'error[keys-mixed]: `cosigner-1` has a shard of')
    assert.match(await restore('secrets'), 'error[keys-backup]: `')
    assert.is(await project.signer('cosigner-2').catch(() => 'nothing'), 'nothing')
  }))

test('a backup is not believed where its files and its manifest differ, digests or not', () =>
  withShards(async ({ project }) => {
    assert.is((await project.call(['keys', 'backup', '--to', 'safe'])).code, 0)
    await rm(join(project.folder, 'inventory/host_vars'), { recursive: true })
    for (const [words, change] of Object.entries(TAMPERING)) {
      await tampered(project, change)
      const { code, err } = await project.call(['keys', 'restore', '--from', 'bad'])
      assert.is(code, 2, err)
      assert.match(err, words)
      assert.is(await project.signer('cosigner-2').catch(() => 'nothing'), 'nothing', words)
    }
    await tampered(project, () => {})
    assert.is((await project.call(['keys', 'restore', '--from', 'bad'])).code, 0, 'what was not changed comes back')
  }))

test('what a crash interrupted is finished by the next call', () =>
  withShards(async ({ project }) => {
    const texts = await Promise.all(project.cosigners.map(project.signer))
    const record = project.cosigners.map((host, i) => ({ file: `host_vars/${host}/signer.yml`, text: texts[i] }))
    await rm(join(project.folder, 'inventory/host_vars'), { recursive: true })
    // As it is after the first of three files.
    await mkdir(join(project.folder, 'inventory/host_vars/cosigner-1'), { recursive: true })
    await write(project, 'cosigner-1', texts[0] ?? '')
    await project.write('inventory/host_vars/.holdfast-keys.json', JSON.stringify(record))
    const half = await project.call(['topology'])
    assert.match(half.err, 'error[keys-mixed]: `cosigner-2` has no shard, and others have')
    const { code, err } = await project.call(['keys', 'show'])
    assert.is(code, 0, err)
    assert.match(err, 'inventory/host_vars/cosigner-3/signer.yml, which an interrupted call had begun')
    assert.equal(await Promise.all(project.cosigners.map(project.signer)), texts)
  }))

test.run()

interface Held {
  readonly project: CeremonyProject
  readonly people: readonly [Person, Person, Person]
  /** Makes shards of the one key. */
  readonly make: (...flags: readonly string[]) => ReturnType<CeremonyProject['call']>
}

async function withShards(use: (held: Held) => Promise<void>): Promise<void> {
  await withFleet({}, async (project) => {
    const people = [await project.custodian('ana'), await project.custodian('ben'), await project.custodian('eva')] as const
    const words = ['keys', 'import', '-', '--without-state', '--keep-none', '--yes', '--accept-swap', '--horcrux', await project.horcrux()]
    const make = (...flags: readonly string[]) => project.call([...words, ...flags], { input: KEY.text.reveal() })
    const made = await make()
    assert.is(made.code, 0, made.err)
    await use({ project, people, make })
  })
}

interface Backup {
  readonly manifest: { readonly [key: string]: unknown; readonly files: { host: string; file: string; sha256: string }[] }
  /** By their names; their digests are made right again. */
  readonly texts: { [file: string]: string }
}

/** What somebody could do to a backup, by the words that refuse it. */
const TAMPERING: { readonly [words: string]: (backup: Backup) => void } = {
  '`cosigner-2.signer.yml` holds something else besides a shard': ({ texts }) => {
    texts['cosigner-2.signer.yml'] += 'ansible_host: 192.0.2.1\n'
  },
  '`cosigner-2.signer.yml` is of another key than its manifest says': ({ texts }) => {
    edit(texts, [KEY.publicKey, newConsensusKey().publicKey])
  },
  '`cosigner-2.signer.yml` is of another making than its manifest says': ({ texts }) => {
    edit(texts, ['  chain_id: "', '  chain_id: "other-'])
  },
  '`cosigner-2.signer.yml` holds no shard': ({ texts }) => {
    edit(texts, ['horcrux_shard:', 'shard:'])
  },
  'is marked as sealed and holds no OpenPGP message': ({ texts }) => {
    edit(texts, ['-----BEGIN PGP MESSAGE-----\n', '-----BEGIN PGP MESSAGE-----\n\n  AAAA\n'])
  },
  'the backup has two shards with the number `1`': ({ texts }) => {
    edit(texts, ['  shard_id: 2', '  shard_id: 1'])
  },
  'the backup has the shard 7 for `cosigner-2`, whose `shard_id` is 2': ({ texts }) => {
    edit(texts, ['  shard_id: 2', '  shard_id: 7'])
  },
  'the backup has two shards for `cosigner-1`': ({ manifest }) => {
    manifest.files.push({ ...manifest.files[0], host: 'cosigner-1', file: 'cosigner-1.signer.yml', sha256: '' })
  },
  'holds no backup of shards': ({ manifest }) => {
    Object.assign(manifest.files[1] ?? {}, { file: '../safe/cosigner-2.signer.yml' })
  },
}

function edit(texts: Backup['texts'], [from, to]: readonly [string, string]): void {
  const text = texts['cosigner-2.signer.yml'] ?? ''
  assert.match(text, from)
  texts['cosigner-2.signer.yml'] = text.replace(from, to)
}

/** Makes a changed copy of the backup `safe`. */
async function tampered({ folder }: CeremonyProject, change: (backup: Backup) => void): Promise<void> {
  const [safe, bad] = [join(folder, 'safe'), join(folder, 'bad')]
  const manifest: Backup['manifest'] = JSON.parse(await readFile(join(safe, 'manifest.json'), 'utf8'))
  const texts: Backup['texts'] = {}
  for (const { file } of manifest.files) texts[file] = await readFile(join(safe, file), 'utf8')
  change({ manifest, texts })
  await mkdir(bad, { recursive: true })
  for (const entry of manifest.files) {
    const text = texts[entry.file]
    if (text === undefined) continue
    entry.sha256 = createHash('sha256').update(text).digest('hex')
    await writeFile(join(bad, entry.file), text)
  }
  await writeFile(join(bad, 'manifest.json'), JSON.stringify(manifest))
}

function hex(): string {
  return JSON.parse(KEY.text.reveal()).address
}

async function write(project: CeremonyProject, host: string, text: string): Promise<void> {
  await project.write(`inventory/host_vars/${host}/signer.yml`, text)
}
