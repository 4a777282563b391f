import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { forgetStaged, stagingFolder } from '../../engine/session/staging.ts'
import { NO_ROOT } from '../support/root.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'the folder for content on its way')

/** Login users nobody else on this machine has. */
const [FIRST, SECOND] = [1_900_001, 1_900_002]

test('is each login user’s own, so that none stands in the way of another', () => {
  const own = [FIRST, SECOND].map((uid) => folderFor(uid))
  assert.equal(own, [`/var/tmp/holdfast-login-${FIRST}`, `/var/tmp/holdfast-login-${SECOND}`])
})

test('is gone with the next shell where a killed one left it, and stays while something in it is needed', () => {
  const folder = folderFor(FIRST) ?? 'none'
  try {
    mkdirSync(folder, { mode: 0o700 })
    chownSync(folder, FIRST, FIRST)
    writeFileSync(`${folder}/content.${process.pid}`, '')
    folderFor(FIRST)
    assert.ok(existsSync(folder))
    rmSync(`${folder}/content.${process.pid}`)
    folderFor(FIRST)
    assert.not.ok(existsSync(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('is that of the other user where one was asked for', () => {
  const said = run(forgetStaged({ method: 'sudo', user: 'hf nobody' }).text, FIRST)
  assert.is(stagingFolder(said), '/var/tmp/holdfast-hf nobody')
})

function folderFor(uid: number): string | undefined {
  return stagingFolder(run(forgetStaged(undefined).text, uid))
}

function run(script: string, uid: number): string {
  return spawnSync('/bin/sh', [], { input: script, uid, gid: uid, encoding: 'utf8', cwd: '/' }).stdout
}

test.run()
