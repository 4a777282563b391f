import { newKeyPair } from '../support/ssh_key.ts'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ServerChannel } from 'ssh2'
import type { Files } from '../support/project.ts'

/** What a host that may lie does with a command: it owns both streams and may do with them whatever it likes. */
export type Conduct = (command: string, channel: ServerChannel) => void

/** A login that works: an address, a key it takes, and a file that knows its own key. */
export interface Entry {
  readonly port: number
  readonly keyFile: string
  readonly knownHostsFile: string
  /** Logins so far. */
  logins(): number
}

/** Starts an SSH server on loopback that takes any key and leaves every command to the conduct, and ends it with the body. */
export async function withSshServer<T>(conduct: Conduct, body: (entry: Entry) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-liar-'))
  const [hostKey, userKey] = [newKeyPair('ed25519'), newKeyPair('ed25519')]
  const clients = new Set<ssh2.Connection>()
  let logins = 0
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    client.on('close', () => clients.delete(client))
    client.on('authentication', (context) => (context.method === 'publickey' ? context.accept() : context.reject(['publickey'])))
    client.on('ready', () => {
      logins += 1
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        channel.on('error', () => undefined)
        conduct(command, channel)
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const [keyFile, knownHostsFile] = [join(folder, 'key'), join(folder, 'known_hosts')]
  await writeFile(keyFile, userKey.private, { mode: 0o600 })
  await writeFile(knownHostsFile, `[127.0.0.1]:${port} ${hostKey.public}\n`)
  try {
    return await body({ port, keyFile, knownHostsFile, logins: () => logins })
  } finally {
    for (const client of clients) client.end()
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs the command on this machine, and passes everything on: a host that does not lie. */
export function honest(command: string, channel: ServerChannel): void {
  const child = spawn('/bin/sh', ['-c', command], { detached: true })
  child.stdout.on('data', (bytes: Buffer) => channel.writable && channel.write(bytes))
  child.stderr.on('data', (bytes: Buffer) => channel.writable && channel.stderr.write(bytes))
  child.stdin.on('error', () => undefined)
  channel.on('data', (bytes: Buffer) => child.stdin.write(bytes))
  channel.on('end', () => child.stdin.end())
  channel.on('close', () => endGroup(child.pid))
  child.on('close', (code) => {
    if (!channel.writable) return
    channel.exit(code ?? 255)
    channel.end()
  })
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It had ended by itself.
  }
}

/** The lines of a YAML inventory that reach such a server. */
export function entryVars({ port, keyFile, knownHostsFile }: Entry): Files {
  return {
    ansible_host: '127.0.0.1',
    ansible_port: String(port),
    ansible_user: 'root',
    ansible_ssh_private_key_file: keyFile,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHostsFile}`,
  }
}
