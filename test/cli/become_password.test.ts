import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callHoldfast } from '../support/command.ts'

const test = suite('become password')

async function inProject(body: (call: (...words: readonly string[]) => ReturnType<typeof callHoldfast>, folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-become-'))
  try {
    await writeFile(join(folder, 'hosts.yml'), 'all: { hosts: { here: { ansible_connection: local } } }\n')
    await writeFile(join(folder, 'password'), 'planted-become\n')
    const call = (...words: readonly string[]) => callHoldfast(['exec', 'all', '-i', 'hosts.yml', ...words, '--', 'id'], { cwd: folder })
    await body(call, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a file that others can read is refused, and its content stays unsaid', () =>
  inProject(async (call, folder) => {
    await chmod(join(folder, 'password'), 0o644)
    const { code, out, err } = await call('--become-password-file', 'password')
    assert.is(code, 2)
    assert.match(err, 'error[password-exposed]')
    assert.match(err, /help: run `chmod 600 .*password'?`/)
    assert.not.match(out + err, 'planted')
  }))

test('a file of one reader is taken', () =>
  inProject(async (call, folder) => {
    await chmod(join(folder, 'password'), 0o600)
    const { code, err } = await call('--become-password-file', 'password')
    assert.is(code, 0, err)
  }))

test('an empty or missing file, and nobody to ask, are refused', () =>
  inProject(async (call, folder) => {
    await writeFile(join(folder, 'empty'), '\n', { mode: 0o600 })
    assert.match((await call('--become-password-file', 'empty')).err, 'error[no-password]')
    assert.match((await call('--become-password-file', 'none')).err, 'error[cannot-read]')
    assert.match((await call('--ask-become-pass')).err, 'error[no-terminal]')
  }))

test.run()
