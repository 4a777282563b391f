import { execFile } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  fingerprint,
  judge,
  knownTypes,
  matchesHost,
  needsCertificate,
  parseKnownHosts,
  recordedName,
} from '../../engine/transport/known_hosts.ts'
import { readKnownHosts, recordHostKey } from '../../engine/transport/known_hosts_file.ts'

const test = suite('known_hosts')

const ED1 = key('ssh-ed25519', 'one')
const ED2 = key('ssh-ed25519', 'two')
const RSA = key('ssh-rsa', 'three')
const HERE = { address: 'sentry-1', port: 22 }

test('matches names, patterns, exclusions, ports and hashes as `ssh-keygen -F` does', async () => {
  const names = ['sentry-1', 'sentry-2', '10.0.0.1', '[sentry-1]:2222', 'a.example.org', 'example.org', '[a.example.org]:2222']
  const fields = [
    'sentry-1',
    'Sentry-1',
    'sentry-1,10.0.0.1',
    'sentry-?',
    'sentry-*,!sentry-2',
    '!sentry-2,sentry-*',
    '*',
    '!*',
    '*.example.org',
    '[sentry-1]:2222',
    '[*.example.org]:2222',
    '10.0.0.*',
    hashed('sentry-1'),
    hashed('[sentry-1]:2222'),
  ]
  await withFolder(async (folder) => {
    for (const field of fields) {
      const file = join(folder, 'known_hosts')
      await writeFile(file, `${field} ssh-ed25519 ${REAL}\n`)
      for (const name of names) assert.is(matchesHost(field, name), await keygenFinds(file, name), `${field} for ${name}`)
    }
  })
})

test('passes over comments, empty lines, broken keys, version 1 and unknown markers', () => {
  const text = [
    '# a comment',
    '',
    `sentry-1 ssh-ed25519 ${ED1} a comment`,
    'sentry-1 ssh-ed25519 AAAA',
    'sentry-1 ssh-ed25519',
    `sentry-1 ssh-rsa ${ED1}`,
    'sentry-1 1024 35 1234567890',
    `@mystery sentry-1 ssh-ed25519 ${ED1}`,
    `\t@revoked  *  ssh-ed25519 ${ED2}\r`,
  ]
  const found = parseKnownHosts(text.join('\n'), 'file')
  assert.equal(
    found.map(({ line, marker, type }) => [line, marker, type]),
    [
      [3, undefined, 'ssh-ed25519'],
      [9, 'revoked', 'ssh-ed25519'],
    ],
  )
})

const cases: readonly { readonly title: string; readonly lines: readonly string[]; readonly kind: string; readonly port?: number }[] = [
  { title: 'a key on record', lines: [`sentry-1 ssh-ed25519 ${ED1}`], kind: 'known' },
  { title: 'one of two keys on record', lines: [`sentry-1 ssh-ed25519 ${ED2}`, `sentry-1 ssh-ed25519 ${ED1}`], kind: 'known' },
  { title: 'no record', lines: [`sentry-2 ssh-ed25519 ${ED1}`], kind: 'unknown' },
  { title: 'another key of the type', lines: [`sentry-1 ssh-ed25519 ${ED2}`], kind: 'changed' },
  { title: 'a key of another type only', lines: [`sentry-1 ssh-rsa ${RSA}`], kind: 'unknown' },
  { title: 'a revoked key', lines: [`@revoked * ssh-ed25519 ${ED1}`, `sentry-1 ssh-ed25519 ${ED1}`], kind: 'revoked' },
  { title: 'an authority with the very key', lines: [`@cert-authority * ssh-ed25519 ${ED1}`], kind: 'unknown' },
  { title: 'an excluded name', lines: [`*,!sentry-1 ssh-ed25519 ${ED1}`], kind: 'unknown' },
  { title: 'the record of a port', lines: [`[sentry-1]:2222 ssh-ed25519 ${ED1}`], port: 2222, kind: 'known' },
  { title: 'the bare name for a port', lines: [`sentry-1 ssh-ed25519 ${ED1}`], port: 2222, kind: 'known' },
  { title: 'another key under the bare name', lines: [`sentry-1 ssh-ed25519 ${ED2}`], port: 2222, kind: 'unknown' },
  { title: 'the record of another port', lines: [`[sentry-1]:2222 ssh-ed25519 ${ED1}`], kind: 'unknown' },
]

for (const { title, lines, kind, port = 22 } of cases) {
  test(`takes ${title} for ${kind}`, () => {
    const records = parseKnownHosts(lines.join('\n'), 'file')
    assert.is(judge(records, { ...HERE, port }, Buffer.from(ED1, 'base64')).kind, kind)
  })
}

test('asks for the types on record', () => {
  const records = parseKnownHosts(
    `sentry-1 ssh-rsa ${RSA}\n*,!x ssh-ed25519 ${ED1}\n@revoked sentry-1 ssh-dss ${key('ssh-dss', 'x')}`,
    'file',
  )
  assert.equal(knownTypes(records, HERE), ['ssh-rsa', 'ssh-ed25519'])
})

test('needs a certificate only where nothing but an authority vouches', () => {
  const authority = `@cert-authority *.org ssh-ed25519 ${ED1}`
  const host = { address: 'a.org', port: 22 }
  assert.is(needsCertificate(parseKnownHosts(authority, 'file'), host), true)
  assert.is(needsCertificate(parseKnownHosts(`${authority}\na.org ssh-ed25519 ${ED2}`, 'file'), host), false)
  assert.is(needsCertificate(parseKnownHosts(authority, 'file'), HERE), false)
})

test('names a host as OpenSSH records it', () => {
  assert.is(recordedName({ address: 'Sentry-1', port: 22 }), 'sentry-1')
  assert.is(recordedName({ address: 'fd00::1', port: 2222 }), '[fd00::1]:2222')
})

test('prints a fingerprint as `ssh-keygen -l` does', async () => {
  await withFolder(async (folder) => {
    await writeFile(join(folder, 'key.pub'), `ssh-ed25519 ${REAL} x\n`)
    const { stdout } = await promisify(execFile)('ssh-keygen', ['-l', '-f', join(folder, 'key.pub')])
    assert.is(stdout.split(' ')[1], fingerprint(Buffer.from(REAL, 'base64')))
  })
})

test('adds a key on a line of its own, in a file and folder nobody else can read', async () => {
  await withFolder(async (folder) => {
    const file = join(folder, '.ssh', 'known_hosts')
    await recordHostKey(file, HERE, Buffer.from(ED1, 'base64'))
    await writeFile(file, `${(await readFile(file, 'utf8')).trim()}`)
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => recordHostKey(file, { address: `h${i}`, port: 2222 }, Buffer.from(ED2, 'base64'))),
    )
    const records = await readKnownHosts([file, join(folder, 'missing')])
    assert.is(records.length, 21)
    assert.is((await stat(file)).mode & 0o777, 0o600)
    assert.is((await stat(join(folder, '.ssh'))).mode & 0o777, 0o700)
  })
})

test.run()

/** A key that `ssh-keygen` takes for real. */
const REAL = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ7u5Z2m0Yd2b0q8Jc6k3kI0m1lM5C0cVwXo2vZk9aQ7'

function key(type: string, content: string): string {
  const field = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)])
  return Buffer.concat([field(type), field(content)]).toString('base64')
}

function hashed(name: string): string {
  const salt = Buffer.from('01234567890123456789')
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

async function keygenFinds(file: string, name: string): Promise<boolean> {
  return promisify(execFile)('ssh-keygen', ['-F', name, '-f', file]).then(
    ({ stdout }) => stdout !== '',
    () => false,
  )
}

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'))
  try {
    await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
