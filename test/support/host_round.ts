import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { enterCommand } from '../../engine/lab/enter.ts'
import { type Application, type Applied, type Shell, applyModule } from './apply_module.ts'
import type { TestHost } from './lab.ts'

export interface HostRound extends Omit<Application, 'shell' | 'check'> {
  /** Folders that must not change where nothing is to change. */
  readonly watched?: readonly string[]
}

/** A shell of root inside the host, past its network. */
export async function shellOf({ lab, name }: TestHost): Promise<Shell> {
  const [program = '', ...args] = await enterCommand(lab, name)
  return [program, ...args, 'sh']
}

/** Carries out a module on a lab host. */
export async function applyOn(
  host: TestHost,
  module: Module,
  params: object,
  application: Omit<Application, 'shell'> = {},
): Promise<Applied> {
  return await applyModule(module, params, { ...application, shell: await shellOf(host) })
}

/** Asserts on a real host that check mode foretells the change and touches nothing, that the change is made, and that doing it again finds nothing to do. */
export async function assertMakesSo(
  host: TestHost,
  module: Module,
  params: object,
  { watched = WATCHED, ...application }: HostRound = {},
): Promise<Applied> {
  const before = await host.digest(watched)
  const foretold = await applyOn(host, module, params, { ...application, check: true })
  assert.is(foretold.status, 'changed', `check mode: ${foretold.message}`)
  await assertUntouched(host, { watched, before, what: 'check mode' })
  const done = await applyOn(host, module, params, application)
  assert.is(done.status, 'changed', done.message)
  assert.equal(done.changes, foretold.changes)
  await assertHolds(host, module, params, { watched, ...application })
  return done
}

/** Asserts on a real host that there is nothing to do, and that looking does nothing. */
export async function assertHolds(
  host: TestHost,
  module: Module,
  params: object,
  { watched = WATCHED, ...application }: HostRound = {},
): Promise<Applied> {
  const before = await host.digest(watched)
  const again = await applyOn(host, module, params, application)
  assert.is(again.status, 'ok', `${again.message} ${JSON.stringify(again.changes)}`)
  await assertUntouched(host, { watched, before, what: 'a run without a change' })
  return again
}

/** Asserts on a real host that the module fails with this message and leaves the host as it was. */
export async function assertFails(host: TestHost, module: Module, params: object, message: string | RegExp): Promise<void> {
  const before = await host.digest(WATCHED)
  const result = await applyOn(host, module, params)
  assert.is(result.status, 'failed', JSON.stringify(result))
  assert.match(result.message, message)
  // A temporary file may come and go meanwhile; its folder remembers.
  await assertUntouched(host, { watched: WATCHED, before: withoutFolders(before), what: 'a failure', seen: withoutFolders })
}

const WATCHED = ['/etc', '/home', '/root', '/srv', '/var/spool']

interface Comparison {
  readonly watched: readonly string[]
  readonly before: string
  readonly what: string
  readonly seen?: (digest: string) => string
}

async function assertUntouched(host: TestHost, { watched, before, what, seen = (digest) => digest }: Comparison): Promise<void> {
  const [old, now] = [before.split('\n'), seen(await host.digest(watched)).split('\n')]
  const gone = old.filter((line) => !now.includes(line))
  const fresh = now.filter((line) => !old.includes(line))
  assert.equal([gone, fresh], [[], []], `${what} changed the host`)
}

function withoutFolders(digest: string): string {
  return digest.replace(/^.* d \d+ \S+:\S+ [\d.]+\n/gm, '')
}
