/**
 * A host that lies: it speaks SSH and takes commands, and then answers whatever it likes. Nothing it says may hang a run,
 * end it for other hosts, reach the terminal raw or fill the memory.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type Server, type Socket } from 'node:net'
import type { ServerChannel } from 'ssh2'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { limit } from '../support/limit.ts'
import { assertClean, type Ended, withFleet } from './applied.ts'
import { type Conduct, entryVars, honest, withSshServer } from './ssh_server.ts'

limit(180)
const test = suite('a lying host')

const SITE = `- hosts: all
  tasks:
    - name: look
      stat: { path: /etc/hostname }
    - name: do
      command: echo done
`

interface Lie {
  readonly says: RegExp
  readonly conduct: Conduct
}

const LIES: { readonly [title: string]: Lie } = {
  'prints random bytes instead of a shell': {
    says: /ended before it ran anything|closed|lost/,
    conduct: (_command, channel) => say(channel, randomBytes(100_000)),
  },
  'closes every command at once': { says: /login shell ended|gave no exit status/, conduct: (_command, channel) => hangUp(channel) },
  'starts a shell and then prints random bytes': {
    says: /did not keep to the protocol|ended with status|gave no exit status/,
    conduct: (command, channel) => say(channel, `${markOf(command)}\n`, randomBytes(1_000_000)),
  },
  'ends the opening with a status of many digits': {
    says: /a frame with a broken end/,
    conduct: (command, channel) => say(channel, `${markOf(command)}\n\n${tokenOf(command)} 0 ${'9'.repeat(400)}\n`),
  },
  'answers a step nobody asked for': {
    says: /an answer to step 7, which was not asked/,
    conduct: (command, channel) => say(channel, `${markOf(command)}\n\n${tokenOf(command)} 7 0\n`),
  },
  'answers twice': {
    says: /which was not asked/,
    conduct: (command, channel) => say(channel, `${markOf(command)}\n${`\n${tokenOf(command)} 0 0\n`.repeat(2)}`),
  },
  'answers a step that was asked for earlier': { says: /an answer to step 0, which was not asked/, conduct: repeating },
  'answers with the number of another session': { says: /gave no answer|gave no exit status|ended with status/, conduct: forging },
}

for (const [title, { says, conduct }] of Object.entries(LIES)) {
  test(`${title}: it is named with the reason, and the host beside it is done`, () =>
    besideHonest(conduct, SITE, ({ err, code }) => {
      assert.is(code, 1, err)
      assert.match(err, says)
      assert.match(err, /liar/)
      assert.match(err, /2 hosts.*1 changed/)
    }))
}

test('what a host prints and calls itself reaches the terminal escaped', () =>
  besideHonest(
    (_command, channel) => {
      channel.stderr.write('\u001b]0;owned\u0007\u001b[2J no such thing \u009b31m\r\n')
      hangUp(channel)
    },
    SITE,
    ({ err }) => assert.match(err, /no such thing/),
  ))

for (const [title, speak] of Object.entries<(socket: Socket) => void>({
  'random bytes': (socket) => socket.write(randomBytes(1_000_000)),
  'an endless greeting': (socket) => endless(socket, `${'x'.repeat(1000)}\r\n`),
  'an endless line': (socket) => endless(socket, 'x'.repeat(1000)),
  'a greeting and random bytes': (socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), randomBytes(100_000)])),
  'a packet that claims to be huge': (socket) => socket.write(Buffer.concat([Buffer.from('SSH-2.0-x\r\n\x7f\xff\xff\xff', 'latin1')])),
  'nothing, and hangs up': (socket) => socket.end(),
})) {
  test(`a port that answers with ${title} is unreachable with a reason`, () =>
    withPort(speak, (port) =>
      withFleet(
        { liar: { ansible_host: '127.0.0.1', ansible_port: String(port), ansible_ssh_common_args: '-o ConnectTimeout=2' } },
        { 'playbooks/site.yml': SITE },
        async (project) => {
          const ended = await project.applied()
          assert.is(ended.code, 1, ended.err)
          assert.match(ended.err, /liar/)
          assertClean(ended)
        },
      ),
    ))
}

test.run()

async function besideHonest(conduct: Conduct, site: string, check: (ended: Ended) => void): Promise<void> {
  await withSshServer(conduct, (liar) =>
    withSshServer(honest, (friend) =>
      withFleet({ liar: entryVars(liar), friend: entryVars(friend) }, { 'playbooks/site.yml': site }, async (project) => {
        const ended = await project.applied()
        assertClean(ended)
        check(ended)
      }),
    ),
  )
}

/** The word that the shell is to print when it runs, read from the command as a clever liar would. */
function markOf(command: string): string {
  const [, a = '', b = ''] = /set -- (\w+) (\w+)/.exec(command) ?? []
  return a + b
}

/** The mark of the opening's end, from the script in the command. */
function tokenOf(command: string): string {
  const script = Buffer.from(/echo (\S+) \| base64/.exec(command)?.[1] ?? '', 'base64').toString()
  return /'\\n%s 0 0\\n' (\w+)/.exec(script)?.[1] ?? ''
}

/** Says the same on both streams, and ends. */
function say(channel: ServerChannel, ...words: readonly (string | Uint8Array)[]): void {
  for (const word of words) {
    channel.write(word)
    channel.stderr.write(word)
  }
  hangUp(channel)
}

function hangUp(channel: ServerChannel): void {
  channel.exit(0)
  channel.end()
}

/** Opens as it should, and answers the first exchange with the end of the opening. */
function repeating(command: string, channel: ServerChannel): void {
  const words = `${markOf(command)}\n\n${tokenOf(command)} 0 0\n`
  channel.write(words)
  channel.stderr.write(words)
  channel.on('data', (bytes: Buffer) => {
    const nonce = /hf_n=(\w+)/.exec(bytes.toString())?.[1]
    if (nonce) say(channel, `\n${nonce} 0 0\n`)
  })
}

/** Opens as it should, and answers with a number it has made up. */
function forging(command: string, channel: ServerChannel): void {
  const words = `${markOf(command)}\n\n${tokenOf(command)} 0 0\n`
  channel.write(words)
  channel.stderr.write(words)
  channel.on('data', () => say(channel, `\n${'0'.repeat(32)} 1 0\n`))
}

async function withPort<T>(speak: (socket: Socket) => void, body: (port: number) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', () => undefined)
    speak(socket)
  })
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port))
  })
  try {
    return await body(port)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
}

function endless(socket: Socket, text: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(text));
  }
  socket.on('drain', more)
  more()
}
