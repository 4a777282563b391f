/** Files that are written together stay together whatever fails, and whoever else is at work in the same moment. */
import fs, { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { finishWriting, writeTogether } from '../../engine/ceremony/write_together.ts'

const test = suite('files that are written together')

const FILES = ['host_vars/c1/signer.yml', 'host_vars/c2/signer.yml']
const RECORD = 'host_vars/.holdfast-keys.json'
const THEIRS = JSON.stringify([{ file: FILES[0], text: 'theirs', before: 'other' }])

test('come to nothing, now and later, where their record cannot be made to last', () =>
  withFolder(async (folder) => {
    const { failure, undone } = await during('open', fails(folder), () => write(folder))
    assert.match(failure, 'the system says EIO')
    assert.is(undone, true)
    assert.equal(await finishWriting(folder), [])
    assert.equal(await texts(folder), ['none', 'none'])
  }))

test('are not undone where another call has finished them by then', () =>
  withFolder(async (folder) => {
    const { failure, undone } = await during(
      'open',
      fails(folder, () => finishWriting(folder)),
      () => write(folder),
    )
    assert.match(failure, 'the system says EIO')
    assert.is(undone, false)
    assert.equal(await texts(folder), ['ours', 'ours'])
  }))

test('leave alone the record of a call that came in between, when they are dropped', () =>
  withFolder(async (folder) => {
    const meddling = afterwards(async () => {
      await put(folder, FILES[0], 'other')
      await finishWriting(folder).catch(() => {})
      await put(folder, RECORD, THEIRS)
    })
    const { failure, undone } = await during('link', meddling, () => write(folder))
    assert.match(failure, 'was written by somebody else in the meantime')
    assert.is(undone, false)
    assert.equal(await finishWriting(folder), FILES.slice(0, 1))
    assert.equal(await texts(folder), ['theirs', 'none'])
  }))

test('leave it alone when they are finished, too', () =>
  withFolder(async (folder) => {
    let renamed = 0
    const meddling = afterwards(async () => {
      renamed += 1
      if (renamed === 2) await put(folder, RECORD, THEIRS)
    })
    assert.is((await during('rename', meddling, () => write(folder))).failure, 'none')
    assert.is(await readFile(join(folder, RECORD), 'utf8'), THEIRS)
  }))

test('are not said to be written where another call has dropped them', () =>
  withFolder(async (folder) => {
    const meddling = afterwards(() => rm(join(folder, RECORD)))
    const { failure } = await during('link', meddling, () => write(folder))
    assert.match(failure, 'c1/signer.yml` does not hold what this call has made')
  }))

test.run()

/** What comes of a call: how it failed, and whether what it had done elsewhere was undone. */
async function write(folder: string) {
  let undone = false
  const undo = async () => {
    undone = true
  }
  const writings = FILES.map((file) => ({ file, text: 'ours' }))
  const failure = await writeTogether(folder, writings, { undo }).then(
    () => 'none',
    (error: Error) => error.message,
  )
  return { failure, undone }
}

async function texts(folder: string): Promise<readonly string[]> {
  return await Promise.all(FILES.map((file) => readFile(join(folder, file), 'utf8').catch(() => 'none')))
}

type Meddling = (call: () => Promise<unknown>, path: unknown) => Promise<unknown>

/** The folder of the record cannot be synced the first time; something else happens just before. */
function fails(folder: string, first: () => Promise<unknown> = async () => {}): Meddling {
  let isFirst = true
  return async (call, path) => {
    if (path !== join(folder, 'host_vars') || !isFirst) return await call()
    isFirst = false
    await first()
    throw Object.assign(new Error('EIO'), { code: 'EIO', syscall: 'open', path })
  }
}

function afterwards(then: () => Promise<unknown>): Meddling {
  return async (call) => {
    await call()
    await then()
  }
}

async function put(folder: string, file = '', text = ''): Promise<void> {
  await writeFile(join(folder, file), text)
}

/** Has somebody meddle with each call of a function of the file system for as long as something is done. */
async function during<T>(name: string, meddling: Meddling, use: () => Promise<T>): Promise<T> {
  const original: (...given: unknown[]) => Promise<unknown> = Reflect.get(fs, name)
  const replace = (by: unknown) => {
    Reflect.set(fs, name, by)
    syncBuiltinESMExports()
  }
  replace((...given: unknown[]) => meddling(() => original(...given), given[0]))
  try {
    return await use()
  } finally {
    replace(original)
  }
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-together-'))
  try {
    await use(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
