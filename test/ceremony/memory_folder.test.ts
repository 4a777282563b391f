/** What stands in memory goes with the call, or with the next one. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openMemoryFolder } from '../../engine/ceremony/memory_folder.ts'

const test = suite('a folder in memory')

test('only its owner can enter it, and wiping it twice is fine', () =>
  withMemory(async (memory) => {
    const folder = openMemoryFolder(memory)
    await writeFile(join(folder.path, 'key'), 'secret')
    folder.wipe()
    folder.wipe()
    assert.is(existsSync(folder.path), false)
  }))

test('the folder of a call that goes on is left alone', () =>
  withMemory(async (memory) => {
    const first = openMemoryFolder(memory)
    openMemoryFolder(memory)
    assert.ok(existsSync(first.path))
  }))

test('what was left is wiped, also where another process has the number by now', () =>
  withMemory(async (memory) => {
    const [, number, start] = /keys-(\d+)\.(\d+)-/.exec(basename(openMemoryFolder(memory).path)) ?? []
    assert.is(number, String(process.pid))
    const left = [`holdfast-keys-${process.pid}.${Number(start) - 1}-aa`, 'holdfast-keys-4194305.1-bb']
    for (const name of left) {
      await mkdir(join(memory, name))
      await writeFile(join(memory, name, 'key'), 'secret')
    }
    openMemoryFolder(memory)
    for (const name of left) assert.is(existsSync(join(memory, name)), false, name)
  }))

test('so is what an older version left that did not write when it began, unless a process has the number', () =>
  withMemory(async (memory) => {
    const [left, going] = ['holdfast-keys-4194305-dd', `holdfast-keys-${process.pid}-ee`]
    for (const name of [left, going]) await mkdir(join(memory, name))
    openMemoryFolder(memory)
    assert.is(existsSync(join(memory, left)), false)
    assert.ok(existsSync(join(memory, going)))
  }))

test('nothing outside is wiped, whatever points there', () =>
  withMemory(async (memory) => {
    await mkdir(join(memory, 'other'))
    await writeFile(join(memory, 'other/file'), 'kept')
    await symlink(join(memory, 'other'), join(memory, 'holdfast-keys-4194305.1-cc'))
    openMemoryFolder(memory)
    assert.is(await readFile(join(memory, 'other/file'), 'utf8'), 'kept')
  }))

test('a disk is no memory', () => {
  assert.throws(() => openMemoryFolder('/'), /is no file system in memory/)
})

test.run()

async function withMemory(use: (memory: string) => Promise<void>): Promise<void> {
  const memory = await mkdtemp('/dev/shm/holdfast-test-')
  try {
    await use(memory)
  } finally {
    await rm(memory, { recursive: true })
  }
}
