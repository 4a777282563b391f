/** Whenever a call is interrupted or killed, the key is gone from memory, and either all is written or nothing. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdir, readFile, rm, watch } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type CeremonyProject, inMemoryOf, withFleet, written } from '../support/ceremony.ts'
import { MAIN } from '../support/command.ts'

const test = suite('keys create, interrupted')

for (const signals of [['SIGINT'], ['SIGTERM'], ['SIGINT', 'SIGINT']] as const) {
  test(`${signals.join(' and ')} in the middle wipes the key and writes nothing`, () =>
    withFleet({}, async (project) => {
      await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
      const flags = await words(project, { first: 'sleep 20' })
      const { code, left } = await interrupted({ project, flags, signals })
      assert.is(code, 130)
      assert.equal(await written(project), [])
      assert.equal(await left(), [])
    }))
}

test('interrupted while Horcrux is asked for its version, it was interrupted, and Horcrux is not blamed', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const slow = await project.write('slow', `#!/bin/sh\ntouch '${project.folder}/asked'\nexec sleep 30\n`)
    await chmod(slow, 0o755)
    const flags = [...(await words(project)).slice(0, -1), slow]
    const child = spawn(process.execPath, [MAIN, ...flags], { cwd: project.folder, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = new Promise<number | null>((done) => child.on('close', done))
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    while (!existsSync(join(project.folder, 'asked')) && child.exitCode === null) await new Promise((go) => setTimeout(go, 50))
    child.kill('SIGTERM')
    assert.is(await ended, 130, told)
    assert.not.match(told, 'error[')
  }))

test('what a killed call left in memory is wiped by the next', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const flags = await words(project, { first: 'sleep 5' })
    const { left } = await interrupted({ project, flags, signals: ['SIGKILL'] })
    assert.is((await left()).length, 1, 'it was left')
    assert.is((await project.call(await words(project))).code, 0)
    assert.equal(await left(), [])
  }))

test('killed at any moment, it has written for all cosigners or for none', () =>
  withFleet({}, async (project) => {
    await Promise.all(['ana', 'ben', 'eva'].map(project.custodian))
    const flags = await words(project)
    const folder = join(project.folder, 'inventory/host_vars')
    const counts = new Set<number>()
    for (let moment = 1; moment <= 10; moment += 1) {
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder)
      const child = spawn(process.execPath, [MAIN, ...flags], { cwd: project.folder, stdio: 'ignore' })
      const ended = new Promise((done) => child.on('close', done))
      const stop = new AbortController()
      await Promise.race([ended, changes(folder, { count: moment, signal: stop.signal })])
      stop.abort()
      child.kill('SIGKILL')
      await ended
      const { out } = await project.call(['keys', 'show', '--json'])
      const generations = (JSON.parse(out).shards ?? []).map(({ generation }: { generation: string }) => generation)
      assert.ok(generations.length === 0 || generations.length === 3, `${generations.length} at moment ${moment}`)
      assert.ok(new Set(generations).size <= 1)
      counts.add(generations.length)
    }
    assert.ok(counts.has(3), 'it was killed after the moment that counts, too')
  }))

test.run()

/** Waits until something has changed so often in a folder. */
async function changes(folder: string, { count, signal }: { readonly count: number; readonly signal: AbortSignal }): Promise<void> {
  let left = count
  try {
    for await (const _ of watch(folder, { signal })) {
      left -= 1
      if (left === 0) return
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function words(project: CeremonyProject, straying = {}): Promise<readonly string[]> {
  return ['keys', 'create', '--keep-none', '--yes', '--accept-swap', '--horcrux', await project.horcrux(straying)]
}

interface Interrupting {
  readonly project: CeremonyProject
  readonly flags: readonly string[]
  readonly signals: readonly NodeJS.Signals[]
}

/** Sends the signals once the key stands in memory; tells how the call ended, and what of it stands there still. */
async function interrupted({ project, flags, signals }: Interrupting) {
  const child = spawn(process.execPath, [MAIN, ...flags], { cwd: project.folder, stdio: 'ignore' })
  const ended = new Promise<number | null>((done) => child.on('close', done))
  while (!(await hasKeyInMemory(child.pid))) {
    assert.is(child.exitCode, null, 'the key stood in memory')
    await new Promise((go) => setTimeout(go, 50))
  }
  for (const signal of signals) {
    child.kill(signal)
    await new Promise((go) => setTimeout(go, 100))
  }
  return { code: await ended, left: () => inMemoryOf(child.pid) }
}

async function hasKeyInMemory(pid: number | undefined): Promise<boolean> {
  const files = (await inMemoryOf(pid)).map((name) => join('/dev/shm', name, 'priv_validator_key.json'))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  return texts.some((text) => text.includes('PrivKey'))
}
