import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
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
    const { stdout } = await promisify(execFile)('pgrep', ['-af', '/tmp/holdfast-[A-Za-z0-9]{6}/c '])
    const own = stdout.split('\n').find((line) => line.includes(target.address)) ?? ''
    const room = /\/tmp\/holdfast-\w{6}/.exec(own)?.[0] ?? 'none'
    controller.kill('SIGKILL')
    await eventually('its processes are gone', () => fails('pgrep', ['-f', `${room}|${target.address}`]))
    await eventually('its folder is gone', () => fails('test', ['-e', room]))
  }))

test.run()

/** A controller in a process of its own: connects to the target in its argument, runs a command, and says so. */
const CONTROLLER = `
import { connect } from '${new URL('../../engine/transport/connect.js', import.meta.url)}'
const connection = await connect(JSON.parse(process.argv[1]), { home: '/var/empty' })
const channel = await connection.exec('echo up; cat')
channel.onStdout((bytes) => void process.stdout.write(bytes))
`

function fails(program: string, words: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, words).then(
    () => false,
    () => true,
  )
}
