import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callHoldfast } from '../support/command.ts'

const test = suite('process')

/** Stands in for a bug: something that never fails does. */
const BROKEN = `
import os from 'node:os'
import { syncBuiltinESMExports } from 'node:module'
os.homedir = () => { throw new Error('boom \\u001b[2J') }
syncBuiltinESMExports()
`

test('a bug ends with 70, its stack, the version and where to go', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'holdfast-process-'))
  try {
    await writeFile(join(cwd, 'broken.mjs'), BROKEN)
    const { code, err } = await callHoldfast(['help'], { cwd, env: { NODE_OPTIONS: `--import "${join(cwd, 'broken.mjs')}"` } })
    assert.is(code, 70, err)
    assert.match(err, 'error[bug]: holdfast itself has failed')
    assert.match(err, 'Error: boom \\x1b[2J')
    assert.match(err, /= detail: version 0\.1\.0, node v\d+/)
  } finally {
    await rm(cwd, { recursive: true })
  }
})

test('nothing but the version is loaded to tell the version', async () => {
  const main = await readFile(fileURLToPath(new URL('../../../engine/cli/main.ts', import.meta.url)), 'utf8')
  assert.equal(main.match(/^import .*$/gm), ["import { readVersion } from './version.ts'"])
})

test.run()
