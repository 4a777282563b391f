import { execFile } from 'node:child_process'
import { cp, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { connect } from '../../engine/transport/connect.ts'
import type { TestHost } from '../support/lab.ts'
import type { Suite } from '../support/skip.ts'
import { hostKeys, type Kind, OPTIONS, RELOAD, refusalOf, run, targetOf, withConnection, withFolder } from './fixture.ts'
import { withForgivingHost } from './forgiving_host.ts'

const execute = promisify(execFile)

/** How a host has to prove that it is the one on record. */
export function trustTests(test: Suite, kind: Kind): void {
  test('refuses a host whose key nobody recorded, with its fingerprint and the command that trusts it', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        const file = join(folder, 'known hosts')
        const target = targetOf(host, kind, { knownHostsFiles: [file] })
        const refusal = await refusalOf(target)
        assert.is(refusal.problem, 'host-key-unknown')
        assert.is(refusal.retryable, false)
        assert.ok(refusal.message.includes(await fingerprintOf(host)), refusal.message)
        const command = /then run: (.*)$/.exec(refusal.help ?? '')?.[1] ?? ''
        await execute('/bin/sh', ['-c', command])
        await withConnection(target, async () => undefined)
      }),
    ))

  test('refuses a host whose key has changed, and names the record and the way out', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        const file = join(folder, 'known_hosts')
        await writeFile(file, `# first\n${host.address} ${await otherKey(folder)}\n`)
        for (const hostKeyPolicy of ['strict', 'accept-new'] as const) {
          const target = targetOf(host, kind, { knownHostsFiles: [file], hostKeyPolicy })
          const refusal = await refusalOf(target)
          assert.is(refusal.problem, 'host-key-changed')
          assert.ok(refusal.message.includes(await fingerprintOf(host)), refusal.message)
          assert.ok(refusal.message.includes(`${file}:2`), refusal.message)
          assert.match(refusal.help ?? '', `ssh-keygen -R ${host.address} -f ${file}`)
        }
        assert.is((await readFile(file, 'utf8')).split('\n').length, 3, 'nothing was written')
      }),
    ))

  test('refuses a revoked key', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        const file = join(folder, 'known_hosts')
        const keys = await hostKeys(host)
        await writeFile(file, keys.flatMap((key) => [`${host.address} ${key}`, `@revoked * ${key}`]).join('\n'))
        assert.is((await refusalOf(targetOf(host, kind, { knownHostsFiles: [file] }))).problem, 'host-key-changed')
      }),
    ))

  test('records a new key where that is asked for, and trusts it from then on', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        const file = join(folder, 'known_hosts')
        const target = targetOf(host, kind, { knownHostsFiles: [file], hostKeyPolicy: 'accept-new' })
        await withConnection(target, async () => undefined)
        if (kind === 'ssh') assert.is((await stat(file)).mode & 0o777, 0o600)
        const written = await readFile(file, 'utf8')
        await withConnection({ ...target, hostKeyPolicy: 'strict' }, async () => undefined)
        assert.is(await readFile(file, 'utf8'), written)
      }),
    ))

  test('understands hashed names, and asks for the type on record', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        for (const key of await hostKeys(host)) {
          const file = join(folder, 'known_hosts')
          await writeFile(file, `${host.address} ${key}\n`)
          await execute('ssh-keygen', ['-H', '-f', file])
          assert.match(await readFile(file, 'utf8'), /^\|1\|/)
          await withConnection(targetOf(host, kind, { knownHostsFiles: [file] }), async () => undefined)
        }
      }),
    ))

  test('reaches a host that a certificate authority vouches for, with OpenSSH', () =>
    withForgivingHost((host) =>
      withCertificate(host, async (folder) => {
        const authority = join(folder, 'known_hosts')
        const target = targetOf(host, kind, { knownHostsFiles: [authority] })
        await writeFile(authority, `@cert-authority 10.* ${await readFile(join(folder, 'ca.pub'), 'utf8')}`)
        if (kind === 'openssh') await withConnection(target, async () => undefined)
        else assert.match((await refusalOf(target)).help ?? '', /connection: smart/)
        const notices: string[] = []
        await withConnection(
          { ...target, connection: 'smart' },
          async (connection) => assert.equal((await run(connection, 'exit 3')).exit, { code: 3 }),
          { notice: (notice) => notices.push(notice) },
        )
        assert.match(notices[0] ?? '', /with OpenSSH: only a certificate authority vouches/)
      }),
    ))

  test('refuses a host whose certificate is of another authority', () =>
    withForgivingHost((host) =>
      withCertificate(host, async (folder) => {
        const authority = join(folder, 'known_hosts')
        await writeFile(authority, `@cert-authority 10.* ${await otherKey(folder)}\n`)
        const refusal = await refusalOf(targetOf(host, 'smart', { knownHostsFiles: [authority] }))
        assert.is(refusal.problem, 'host-key-unknown')
      }),
    ))

  test('looks into the known_hosts of the operator where no file is named', () =>
    withForgivingHost((host) =>
      withFolder(async (folder) => {
        // OpenSSH takes the home directory from the user database, not from us.
        if (kind === 'openssh') return
        const { knownHostsFiles: _, ...target } = targetOf(host, kind)
        assert.is((await refusalOf(target, { home: folder })).problem, 'host-key-unknown')
        await execute('mkdir', [join(folder, '.ssh')])
        await cp(host.knownHostsFile, join(folder, '.ssh', 'known_hosts'))
        await (await connect(target, { ...OPTIONS, home: folder })).close()
      }),
    ))
}

async function fingerprintOf(host: TestHost): Promise<string> {
  return (await host.read('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] as string
}

/** An ed25519 key that is not the host's. */
async function otherKey(folder: string): Promise<string> {
  await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'other')])
  return (await readFile(join(folder, 'other.pub'), 'utf8')).split(' ').slice(0, 2).join(' ')
}

/** A new authority signs the host's key, and sshd shows the certificate. */
async function withCertificate(host: TestHost, body: (folder: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await execute('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'ca')])
    await writeFile(join(folder, 'host.pub'), await host.read('cat /etc/ssh/ssh_host_ed25519_key.pub'))
    await execute('ssh-keygen', ['-q', '-s', join(folder, 'ca'), '-I', host.name, '-h', '-n', host.address, join(folder, 'host.pub')])
    const certificate = (await readFile(join(folder, 'host-cert.pub'), 'utf8')).trim()
    await host.read(
      `echo '${certificate}' > /etc/ssh/cert.pub; echo 'HostCertificate /etc/ssh/cert.pub' > /etc/ssh/sshd_config.d/cert.conf; ${RELOAD}`,
    )
    try {
      await body(folder)
    } finally {
      await host.read(`rm /etc/ssh/sshd_config.d/cert.conf; ${RELOAD}`)
    }
  })
}
