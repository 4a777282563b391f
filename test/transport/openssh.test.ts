import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { eventually, targetOf } from './fixture.ts'
import { transportTests } from './suite.ts'

limit(300)
const test = labSuite('openssh')
transportTests(test, 'openssh')

test('ends its processes and removes its folder when the controller is killed', () =>
  withHosts(2, async ([jump, host]) => {
    const target = targetOf(host as TestHost, 'openssh', { jumps: [targetOf(jump as TestHost, 'openssh')] })
    const controller = spawn(process.execPath, ['--input-type=module', '--eval', CONTROLLER, JSON.stringify(target)])
    await once(controller.stdout, 'data')
    const own = await descendants(controller.pid as number)
    const [room] = own.flatMap(({ args }) => /\/tmp\/holdfast-\w{6}/.exec(args) ?? [])
    assert.is(own.filter(({ args }) => args.startsWith('ssh ')).length, 3, 'the connection, the way through the jump host, and a command')
    await access(room as string)
    controller.kill('SIGKILL')
    await eventually('its processes are gone', async () => (await processes()).every(({ pid }) => own.every((one) => one.pid !== pid)))
    await eventually('its folder is gone', () => fails(access(room as string)))
  }))

test.run()

/** A controller in a process of its own: connects to the target in its argument, runs a command, and says so. */
const CONTROLLER = `
import { connect } from '${new URL('../../engine/transport/connect.js', import.meta.url)}'
const connection = await connect(JSON.parse(process.argv[1]), { home: '/var/empty' })
const channel = await connection.exec('echo up; cat')
channel.onStdout((bytes) => void process.stdout.write(bytes))
`

interface Process {
  readonly pid: number
  readonly parent: number
  readonly args: string
}

/** What runs on this machine, lab hosts included; what only waits to be reaped does not. */
async function processes(): Promise<readonly Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-ww', '-eo', 'stat=,pid=,ppid=,args='])
  const found = stdout.split('\n').map((line) => /^([^Z]\S*) +(\d+) +(\d+) (.*)$/.exec(line))
  return found.flatMap((line) => (line ? [{ pid: Number(line[2]), parent: Number(line[3]), args: line[4] as string }] : []))
}

/** The children of a process, with theirs. */
async function descendants(pid: number): Promise<readonly Process[]> {
  const all = await processes()
  const below = (parent: number): readonly Process[] =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)])
  return below(pid)
}

function fails(promise: Promise<unknown>): Promise<boolean> {
  return promise.then(
    () => false,
    () => true,
  )
}
