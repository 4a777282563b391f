import { writeFile } from 'node:fs/promises'
import { type Server, connect, createServer } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { waitFor } from '../../engine/modules/wait_for.ts'
import { applyModule } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('wait_for')

test('a port of the host itself is found open or closed without a connection', () =>
  withServer(async (port, server) => {
    let connections = 0
    server.on('connection', () => (connections += 1))
    const { status, registered } = await applyModule(waitFor, { port, timeout: 5 })
    assert.equal([status, registered['port'], registered['state']], ['ok', port, 'started'])
    assert.is(connections, 0)
    const closed = await applyModule(waitFor, { port, state: 'stopped', timeout: 1 })
    assert.equal([closed.status, closed.registered['msg']], ['failed', `Timeout when waiting for 127.0.0.1:${port}`])
    await new Promise((resolve) => server.close(resolve))
    assert.is((await applyModule(waitFor, { port, state: 'stopped', timeout: 5 })).status, 'ok')
    assert.is((await applyModule(waitFor, { port, timeout: 1, msg: 'no node' })).message, 'no node')
  }))

test('a greeting is waited for, and the port of another host', () =>
  withServer(async (port, server) => {
    server.on('connection', (socket) => socket.end('SSH-2.0-test\r\n'))
    assert.is((await applyModule(waitFor, { port, search_regex: '^SSH-2', timeout: 5 })).status, 'ok')
    assert.is((await applyModule(waitFor, { port, search_regex: '^HTTP', timeout: 1 })).status, 'failed')
    assert.is((await applyModule(waitFor, { host: '127.0.0.2', port, timeout: 1 })).status, 'failed')
  }))

test('a port is drained when its connections are gone', () =>
  withServer(async (port, server) => {
    server.on('connection', (accepted) => accepted.on('error', () => undefined))
    const socket = connect(port, '127.0.0.1')
    await new Promise((resolve) => server.once('connection', resolve))
    assert.is((await applyModule(waitFor, { port, state: 'drained', timeout: 1 })).status, 'failed')
    socket.resetAndDestroy()
    assert.is((await applyModule(waitFor, { port, state: 'drained', timeout: 5 })).status, 'ok')
  }))

test('a file is waited for, and a line in it', () =>
  withScratch(async (root) => {
    const path = `${root}/log`
    setTimeout(() => void writeFile(path, 'starting\n'), 700)
    const { status, registered } = await applyModule(waitFor, { path, timeout: 10 })
    assert.is(status, 'ok')
    assert.ok(Number(registered['elapsed']) >= 0)
    setTimeout(() => void writeFile(path, 'starting\nexecuted block 7\n'), 700)
    assert.is((await applyModule(waitFor, { path, search_regex: 'block [0-9]+', timeout: 10 })).status, 'ok')
    assert.is((await applyModule(waitFor, { path, state: 'absent', timeout: 1 })).status, 'failed')
    assert.is((await applyModule(waitFor, { path: `${root}/none`, state: 'absent' })).status, 'ok')
  }))

test('refuses what cannot be meant', async () => {
  assert.match((await applyModule(waitFor, { port: 1, path: '/x' })).message, 'not both')
  assert.match((await applyModule(waitFor, { state: 'drained' })).message, 'needs `port`')
})

test.run()

async function withServer(body: (port: number, server: Server) => Promise<void>): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await body((server.address() as { port: number }).port, server)
  } finally {
    server.close()
  }
}
