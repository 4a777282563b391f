import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { takeHold } from '../../engine/guard/hold.ts'
import type { Holder } from '../../engine/guard/holder.ts'
import { Sentinel } from '../../engine/guard/sentinel.ts'
import { connect } from '../../engine/transport/connect.ts'
import type { Connection } from '../../engine/transport/host.ts'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'

const test = labSuite('the lock of a fleet on one host')

test('is had, and seen to be held by another, by a controller that comes to read only when all has been said', () =>
  withHost(async (lab) => {
    const [ana, ben] = [sentinelOf(lab), sentinelOf(lab)]
    try {
      const first = await takeHold(ana, { fleet: 'simd', holder: holderOf('ana') })
      assert.is(first.kind, 'taken', JSON.stringify(first))
      const second = await takeHold(ben, { fleet: 'simd', holder: holderOf('ben') })
      assert.equal(second, { kind: 'held', by: holderOf('ana') })
      if (first.kind === 'taken') await first.hold.release()
      const third = await takeHold(ben, { fleet: 'simd', holder: holderOf('ben') })
      assert.is(third.kind, 'taken', JSON.stringify(third))
      assert.not.ok('after' in third, 'it was given back')
    } finally {
      await Promise.all([ana.close(), ben.close()])
    }
  }))

test.run()

function holderOf(user: string): Holder {
  return { run: user, user, from: 'desk', process: 1, since: 'then', doing: 'apply' }
}

/** The host over a real connection, whose answers are read as late as on a machine that has too much to do. */
function sentinelOf({ name, address, port, user, keyFile, knownHostsFile }: TestHost): Sentinel {
  const target = { name, address, connection: 'ssh', port, user, keyFiles: [keyFile], knownHostsFiles: [knownHostsFile] } as const
  return new Sentinel(name, {
    connect: async () => readLate(await connect(target, { home: '/nonexistent' })),
    root: () => ({ method: 'sudo', user: 'root' }),
  })
}

function readLate(connection: Connection): Connection {
  return {
    ...connection,
    exec: async (command) => {
      const channel = await connection.exec(command)
      return { ...channel, onStdout: (listener) => void pause(1000).then(() => channel.onStdout(listener)) }
    },
  }
}
