import * as assert from 'uvu/assert'
import { connect } from '../../engine/transport/connect.ts'
import { openShell } from '../../engine/transport/open_shell.ts'
import { createShared } from '../../engine/transport/shared.ts'
import { labSuite, type TestHost, withHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { eventually, OPTIONS, targetOf, withConnection, withRelay } from './fixture.ts'
import { transportTests } from './suite.ts'

limit(300)
const test = labSuite('ssh')
transportTests(test, 'ssh')

test('logs in, opens a shell, and asks it something in at most nine round trips', () =>
  withHost((host) =>
    withRelay(host, 'ssh', async (between, target) => {
      const connection = await connect(target, OPTIONS)
      const shell = await openShell(connection, { initial: 'echo facts' })
      let said = ''
      shell.onStdout((bytes) => {
        said += Buffer.from(bytes).toString()
      })
      await eventually('facts', () => said.includes('facts'))
      await shell.write('echo probes\n')
      await eventually('probes', () => said.includes('probes'))
      const trips = between.roundTrips()
      await connection.close()
      assert.ok(trips <= 9, `${trips} round trips`)
    }),
  ))

test('has one connection to a jump for all hosts behind it, and ends it with the last', () =>
  withHosts(4, async (hosts) => {
    const [jump, ...rest] = hosts as [TestHost, ...TestHost[]]
    const shared = createShared()
    const logins = async () => Number(await jump.read(`ss -Htn state established '( sport = :22 )' | wc -l`))
    await eventually('those of earlier tests are gone', async () => (await logins()) === 0)
    const connections = await Promise.all(
      rest.map((host) => connect(targetOf(host, 'ssh', { jumps: [targetOf(jump, 'ssh')] }), { ...OPTIONS, shared })),
    )
    assert.is(await logins(), 1)
    await connections[0]?.close()
    await withConnection(targetOf(rest[0] as TestHost, 'ssh', { jumps: [targetOf(jump, 'ssh')] }), async () => undefined, { shared })
    assert.is(await logins(), 1)
    for (const connection of connections) await connection.close()
    await eventually('the jump is left', async () => (await logins()) === 0)
    assert.is(shared.bastions.size, 0)
  }))

test.run()
