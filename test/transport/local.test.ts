import { userInfo } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { connect } from '../../engine/transport/connect.ts'
import type { Connection } from '../../engine/transport/host.ts'
import { openShell } from '../../engine/transport/open_shell.ts'
import { upload } from '../../engine/transport/upload.ts'
import { eventually, hear, problemOf, run, withFolder, within } from './fixture.ts'

const test = suite('local')

test('runs commands in the home directory and gives their end', () =>
  withLocal(async (connection, home) => {
    const { exit, stdout, stderr } = await run(connection, 'pwd; echo x >&2; exit 3')
    assert.equal([exit, stdout.toString(), stderr.toString()], [{ code: 3 }, `${home}\n`, 'x\n'])
    assert.equal((await run(connection, 'kill -TERM $$')).exit, { code: null, signal: 'SIGTERM' })
  }))

test('starts in the root directory where there is no home directory', async () => {
  const target = { name: 'localhost', address: 'localhost', connection: 'local' } as const
  const connection = await connect(target, { home: '/nonexistent' })
  try {
    const { exit, stdout } = await run(connection, 'pwd')
    assert.equal([exit, stdout.toString()], [{ code: 0 }, '/\n'])
  } finally {
    await connection.close()
  }
})

test('passes every byte value both ways', () =>
  withLocal(async (connection) => {
    const bytes = Buffer.from(Array.from({ length: 256 * 1000 }, (_, i) => i % 256))
    assert.ok((await run(connection, 'cat', bytes)).stdout.equals(bytes))
  }))

test('tells a writer that the command no longer reads', () =>
  withLocal(async (connection) => {
    const channel = await connection.exec('exec <&-; sleep 0.2')
    const heard = hear(channel)
    const writing = (async () => {
      for (;;) await channel.write(Buffer.alloc(65_536))
    })()
    assert.is((await problemOf(writing)).problem, 'lost')
    assert.equal((await heard).exit, { code: 0 })
  }))

test('kills a command with all it started', () =>
  withLocal(async (connection) => {
    // Nobody else on this machine sleeps so long.
    const command = `sleep 4321.${process.pid}`
    const channel = await connection.exec(`${command} & echo up; ${command}`)
    await new Promise<void>((resolve) => channel.onStdout(() => resolve()))
    channel.kill()
    await within(30, channel.exit)
    await eventually('the commands are gone', async () => (await run(connection, `pgrep -fx "${command}"`)).exit.code === 1)
  }))

test('ends what is running when it is closed', () =>
  withLocal(async (connection) => {
    const heard = hear(await connection.exec('sleep 5432'))
    await within(30, connection.close())
    assert.is((await heard).exit.code, null)
    assert.is(await connection.ended, undefined)
    assert.is((await problemOf(connection.exec('true'))).problem, 'lost')
  }))

test('opens a shell and takes content', () =>
  withLocal(async (connection, home) => {
    const channel = await openShell(connection, { initial: 'echo first' })
    const heard = hear(channel)
    await channel.write('id -un\n')
    channel.end()
    assert.is((await heard).stdout.toString(), `first\n${userInfo().username}\n`)
    await upload(connection, Content.of('content'), { path: `${home}/new/it's` })
    assert.is((await run(connection, 'cat new/*; stat -c %a new/*')).stdout.toString(), 'content600\n')
  }))

test.run()

async function withLocal(body: (connection: Connection, home: string) => Promise<void>): Promise<void> {
  await withFolder(async (home) => {
    const connection = await connect({ name: 'localhost', address: 'localhost', connection: 'local' }, { home })
    try {
      await body(connection, home)
    } finally {
      await connection.close()
    }
  })
}
