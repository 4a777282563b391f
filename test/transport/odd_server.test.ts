import { newKeyPair } from '../support/ssh_key.ts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2, { type AuthContext, type Connection as Client, type ServerChannel, type ServerConfig } from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { connect } from '../../engine/transport/connect.ts'
import type { HostTarget } from '../../engine/transport/target.ts'
import { hear, OPTIONS, problemOf, refusalOf, withFolder, within } from './fixture.ts'

const test = suite('odd_server')

const PASSWORD = new Secret('password', 'c0rrect horse')

test('gives the name of the signal', () =>
  withServer({ exec: (channel) => finish(channel, 'TERM') }, async (target) => {
    assert.equal((await once(target)).exit, { code: null, signal: 'SIGTERM' })
  }))

test('sees the end of a command that comes in the same packet as its start', () =>
  withServer({ exec: (channel) => finish(channel, 7, 'all') }, async (target) => {
    for (let i = 0; i < 20; i++)
      assert.equal(await once(target), { exit: { code: 7 }, stdout: Buffer.from('all'), stderr: Buffer.alloc(0) })
  }))

test('takes a channel that closes without an exit status for a loss', () =>
  withServer({ exec: (channel) => channel.close() }, async (target) => {
    const { exit } = await once(target)
    assert.is(exit.code, null)
    assert.is(exit.lost?.problem, 'lost')
  }))

test('hands on what came before a connection broke off in the middle of a frame', () =>
  withServer(
    {
      exec: (channel, client) => {
        channel.write('half a fra')
        setTimeout(() => socketOf(client).destroy(), 50)
      },
    },
    async (target) => {
      const { exit, stdout } = await within(30, once(target))
      assert.is(stdout.toString(), 'half a fra')
      assert.is(exit.lost?.problem, 'lost')
    },
  ))

test('survives garbage in place of packets', () =>
  withServer({ exec: (_, client) => socketOf(client).write(Buffer.alloc(5000, 'garbage')) }, async (target) => {
    assert.is((await within(30, once(target))).exit.lost?.problem, 'lost')
  }))

test('notices a host that says goodbye', () =>
  withServer(
    { exec: (_, client) => (client as unknown as { disconnect(): void; _protocol: Raw })._protocol.disconnect(11) },
    async (target) => {
      const { exit } = await within(30, once(target))
      assert.is(exit.lost?.problem, 'lost')
    },
  ))

test('reports an exec that the host refuses', () =>
  withServer({ refuseExec: true }, async (target) => {
    const connection = await connect(target, OPTIONS)
    assert.is((await problemOf(connection.exec('true'))).problem, 'start')
    await connection.close()
  }))

test('gives up an exec that is never answered when the connection ends', () =>
  withServer({ ignoreExec: true }, async (target) => {
    const connection = await connect(target, OPTIONS)
    const waiting = problemOf(connection.exec('true'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    await connection.close()
    assert.is((await within(30, waiting)).problem, 'lost')
  }))

test('asks for no signature twice and sends no empty login', () => {
  const seen: string[] = []
  return withServer({ seen, exec: (channel) => finish(channel, 0) }, async (target) => {
    await once(target)
    assert.equal(seen, ['publickey signed'])
  })
})

test('goes on with the password after a key was not enough', () => {
  const seen: string[] = []
  return withServer({ seen, alsoPassword: 'password', exec: (channel) => finish(channel, 0) }, async (target) => {
    assert.equal((await once({ ...target, password: PASSWORD })).exit, { code: 0 })
    assert.equal(seen, ['publickey signed', 'password'])
  })
})

test('answers a prompt for the password', () =>
  withServer({ alsoPassword: 'keyboard-interactive', exec: (channel) => finish(channel, 0) }, async (target) => {
    assert.equal((await once({ ...target, password: PASSWORD })).exit, { code: 0 })
  }))

test('names what the host takes when everything was refused, and no secret', () =>
  withServer({ refuseAll: true }, async (target) => {
    const refusal = await refusalOf({ ...target, password: PASSWORD })
    assert.is(refusal.problem, 'authentication')
    assert.match(refusal.message, /refused .*key, the password; it takes publickey, password/)
    assert.not.match(JSON.stringify([refusal.message, refusal.help, refusal.stack]), /c0rrect/)
  }))

test('refuses ciphers that nobody should use, and says what to do', () =>
  withServer({ algorithms: { cipher: ['aes128-cbc'] } }, async (target) => {
    const refusal = await refusalOf(target)
    assert.is(refusal.problem, 'start')
    assert.match(refusal.message, /no matching/)
    assert.match(refusal.help ?? '', /connection: openssh/)
  }))

test('takes a cipher that needs a strict key exchange where the exchange is strict', () =>
  withServer({ algorithms: { cipher: ['chacha20-poly1305@openssh.com'] }, exec: (channel) => finish(channel, 0) }, async (target) => {
    assert.equal((await once(target)).exit, { code: 0 })
  }))

test('refuses signatures with SHA-1', () =>
  withServer({ algorithms: { serverHostKey: ['ssh-rsa'] }, hostKeyType: 'rsa' }, async (target) => {
    assert.is((await refusalOf(target)).problem, 'start')
  }))

test('gives a mistake of a listener to the process instead of calling it a lost connection', () =>
  withServer({ exec: (channel) => finish(channel, 0, 'x') }, async (target) => {
    const connection = await connect(target, OPTIONS)
    const raised = new Promise<Error>((resolve) => takeUncaught(resolve))
    const channel = await connection.exec('true')
    channel.onStdout(() => {
      throw new Error('a mistake')
    })
    assert.is((await within(30, raised)).message, 'a mistake')
    assert.equal(await channel.exit, { code: 0 })
    await connection.close()
  }))

test.run()

interface Raw {
  disconnect(reason: number): void
}

interface Oddity {
  readonly exec?: (channel: ServerChannel, client: Client) => void
  readonly refuseExec?: boolean
  readonly ignoreExec?: boolean
  readonly refuseAll?: boolean
  /** What a key alone does not suffice for. */
  readonly alsoPassword?: 'password' | 'keyboard-interactive'
  readonly seen?: string[]
  readonly algorithms?: ServerConfig['algorithms']
  readonly hostKeyType?: 'ed25519' | 'rsa'
}

function finish(channel: ServerChannel, how: number | 'TERM', output = ''): void {
  if (output) channel.write(output)
  if (how === 'TERM') channel.exit(how, false, '')
  else channel.exit(how)
  channel.end()
}

/** An SSH server on loopback that behaves as no sshd would. */
async function withServer(oddity: Oddity, body: (target: HostTarget) => Promise<void>): Promise<void> {
  const hostKey = newKeyPair(...((oddity.hostKeyType === 'rsa' ? ['rsa', { bits: 2048 }] : ['ed25519']) as ['ed25519']))
  const userKey = newKeyPair('ed25519')
  const clients = new Set<Client>()
  const server = new ssh2.Server({ hostKeys: [hostKey.private], ...(oddity.algorithms && { algorithms: oddity.algorithms }) }, (client) => {
    clients.add(client)
    client.on('error', () => undefined)
    serve(client, oddity)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await withFolder(async (folder) => {
      const port = (server.address() as { readonly port: number }).port
      await writeFile(join(folder, 'key'), userKey.private, { mode: 0o600 })
      await writeFile(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${hostKey.public}\n`)
      await body({
        name: 'odd',
        address: '127.0.0.1',
        port,
        user: 'ana',
        connection: 'ssh',
        keyFiles: [join(folder, 'key')],
        knownHostsFiles: [join(folder, 'known_hosts')],
        timeoutMs: 5000,
      })
    })
  } finally {
    for (const client of clients) client.end()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

function serve(client: Client, oddity: Oddity): void {
  client.on('authentication', admission(oddity))
  client.on('session', (accept) => {
    accept().on('exec', (acceptExec, rejectExec) => {
      if (oddity.refuseExec) return rejectExec()
      if (!oddity.ignoreExec) oddity.exec?.(acceptExec(), client)
    })
  })
}

/** Judges the attempts of one client to log in. */
function admission({ refuseAll, alsoPassword, seen }: Oddity): (login: AuthContext) => void {
  let keyTaken = false
  const judgeKey = (login: AuthContext, signed: boolean) => {
    keyTaken = signed
    if (signed && alsoPassword) login.reject([alsoPassword], true)
    else login.accept()
  }
  const judgePassword = (login: AuthContext, password: string | undefined) => {
    if (keyTaken && password === PASSWORD.reveal()) login.accept()
    else login.reject([])
  }
  const judge = (login: AuthContext) => {
    const signed = login.method === 'publickey' && login.signature !== undefined
    if (login.method === 'publickey') judgeKey(login, signed)
    else if (login.method === 'password') judgePassword(login, login.password)
    else if (login.method === 'keyboard-interactive') login.prompt([QUESTION], ([answer]) => judgePassword(login, answer))
    else login.reject([])
  }
  return (login) => {
    seen?.push(login.method === 'publickey' && login.signature ? 'publickey signed' : login.method)
    if (refuseAll) login.reject(['publickey', 'password'])
    else judge(login)
  }
}

const QUESTION = { prompt: 'Password: ', echo: false }

function socketOf(client: Client): { destroy(): void; write(data: Buffer): void } {
  return (client as unknown as { readonly _sock: { destroy(): void; write(data: Buffer): void } })._sock
}

async function once(target: HostTarget) {
  const connection = await connect(target, OPTIONS)
  try {
    return await hear(await connection.exec('true'))
  } finally {
    await connection.close()
  }
}

/** Stands in for the listeners of the test runner, once. */
function takeUncaught(resolve: (error: Error) => void): void {
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => {
    for (const other of others) process.on('uncaughtException', other)
    resolve(error)
  })
}
