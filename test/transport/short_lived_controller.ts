/** A controller of its own process for tests to kill: connects to the target in its first argument, runs a command, and says so. */
import { connect } from '../../engine/transport/connect.ts'
import type { HostTarget } from '../../engine/transport/target.ts'
import { OPTIONS } from './fixture.ts'

const target = JSON.parse(process.argv[2] ?? '') as HostTarget
const connection = await connect(target, OPTIONS)
const channel = await connection.exec('echo up; cat')
channel.onStdout((bytes) => void process.stdout.write(bytes))
