/** A program that splits keys may be a script that starts others, and these may outlive it. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openHorcrux } from '../../engine/ceremony/horcrux.ts'

const test = suite('a Horcrux that starts others')

test('is not waited for after its end, whoever holds its output open', () =>
  withScript(`sleep 60 & echo $! > started; echo '{ "version": "v3.3.2" }'`, async (path) => {
    assert.is(await answer(path), '3.3.2')
  }))

test('is not heard any more once it has said too much, whoever goes on', () =>
  withScript('yes & echo $! > started; wait', async (path) => {
    assert.match(await answer(path), 'does not say the version of Horcrux')
  }))

test.run()

/** What comes of asking for its version, if anything does in good time. */
async function answer(path: string): Promise<string> {
  const opened = openHorcrux(path, new AbortController().signal).then(
    ({ version }) => version,
    (error: Error) => error.message,
  )
  return await Promise.race([opened, sleep(20_000, 'nothing', { ref: false })])
}

/** Gives the test a program that notes in `started` whom it starts; those are ended. */
async function withScript(lines: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-horcrux-'))
  const path = join(folder, 'horcrux')
  try {
    await writeFile(path, `#!/bin/sh\ncd "\${0%/*}"\n${lines}\n`)
    await chmod(path, 0o755)
    await use(path)
  } finally {
    const started = Number(await readFile(join(folder, 'started'), 'utf8'))
    try {
      process.kill(started, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    await rm(folder, { recursive: true })
  }
}
