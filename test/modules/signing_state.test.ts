import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { signingState } from '../../engine/modules/signing_state.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('signing_state')

test('takes the copy of a backup that is further than the file, bytes and all', () =>
  withScratch(async (root) => {
    const copy = '{ "height": "120", "round": 0, "step": 3, "signature": "AA==" }\n'
    await writeFile(`${root}/state`, state(100))
    await writeFile(`${root}/copy`, copy)
    const done = await assertConverges(signingState, { params: { path: `${root}/state`, from: `${root}/copy`, known: [state(119)] }, root })
    assert.is(await readFile(`${root}/state`, 'utf8'), copy)
    assert.equal(done.changes, [{ what: `${root}/state`, from: 'height 100, round 0, step 3', to: 'height 120, round 0, step 3' }])
    assert.equal([done.registered['taken'], done.registered['height']], ['offered', '120'])
  }))

test('keeps a file that is further than the copy, and says so', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, state(130))
    await writeFile(`${root}/copy`, state(120))
    const done = await assertSettled(signingState, { params: { path: `${root}/state`, from: `${root}/copy`, known: [state(129)] }, root })
    assert.equal([done.registered['taken'], done.registered['height']], ['here', '130'])
  }))

test('keeps the file of two that are equally far, with its signature', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, '{"height":"7","round":"1","step":2,"signature":"here"}')
    await writeFile(`${root}/copy`, '{"height":"7","round":1,"step":2,"signature":"copy"}')
    await assertSettled(signingState, { params: { path: `${root}/state`, from: `${root}/copy` }, root })
  }))

test('refuses to go back behind another signer, in text and in base64', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/copy`, state(120))
    const further = state(121)
    for (const known of [further, Buffer.from(further).toString('base64')])
      await assertRefuses(
        signingState,
        { params: { path: `${root}/state`, from: `${root}/copy`, known: [state(90), known] }, root },
        /would go back: the key has signed up to height 121, round 0, step 3, and the newest there is here stands at height 120/,
      )
  }))

test('refuses a file that is itself behind another signer', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, state(120))
    await assertRefuses(signingState, { params: { path: `${root}/state`, known: [state(121)] }, root }, 'would go back')
  }))

test('goes on from the furthest that is known, without a signature, where that is asked for', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, state(100), { mode: 0o640 })
    const params = { path: `${root}/state`, known: [state(121), state(125)], raise: true, form: 'horcrux' }
    const done = await assertConverges(signingState, { params, root })
    assert.is(await readFile(`${root}/state`, 'utf8'), '{"height":"125","round":"0","step":3}\n')
    assert.is(done.changes[0]?.to, 'height 125, round 0, step 3, no signature')
    assert.is((await stat(`${root}/state`)).mode & 0o777, 0o640)
  }))

test('a height the chain has passed stands for whoever cannot be asked', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/copy`, state(120))
    const params = { path: `${root}/state`, from: `${root}/copy` }
    await assertRefuses(signingState, { params, root }, 'is gone, and nothing tells whether the copy at height 120')
    await assertRefuses(signingState, { params: { ...params, at_least: '140' }, root }, 'signed up to height 140, round 0, step 3')
    await assertConverges(signingState, { params: { ...params, at_least: '140', raise: true }, root })
    assert.is(await readFile(`${root}/state`, 'utf8'), '{"height":"140","round":0,"step":3}\n')
    assert.is((await stat(`${root}/state`)).mode & 0o777, 0o600)
  }))

test('takes a copy where the operator says that the key has never signed', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/copy`, '{"height":"0","round":0,"step":0}')
    await assertConverges(signingState, { params: { path: `${root}/state`, from: `${root}/copy`, at_least: '0' }, root })
  }))

test('refuses what it cannot read, wherever it stands', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/copy`, state(1))
    await writeFile(`${root}/empty`, '')
    await symlink('copy', `${root}/link`)
    const refused = (params: object, text: string) => assertRefuses(signingState, { params, root }, text)
    await refused({ path: `${root}/empty`, from: `${root}/copy`, at_least: '0' }, `\`${root}/empty\` cannot be read as a signing state`)
    await refused({ path: `${root}/state`, from: `${root}/empty`, at_least: '0' }, 'the copy')
    await refused({ path: `${root}/copy`, known: [state(1), ''] }, '`known[1]` cannot be read')
    await refused({ path: `${root}/link`, from: `${root}/copy` }, 'is a link, not a file')
    await refused({ path: root }, 'is a directory, not a file')
    await refused({ path: `${root}/state` }, 'nothing is known of how far its key has signed')
    await refused({ path: 'state' }, 'must be an absolute path')
  }))

test('writes nothing while the unit of the signer runs', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, state(5))
    await writeFile(`${root}/systemctl`, '#!/bin/sh\n[ "$*" = "is-active -- signer.service" ] && cat "$0.says"\n', { mode: 0o755 })
    const params = { path: `${root}/state`, known: [state(9)], raise: true, unit: 'signer.service' }
    const shell = ['env', `PATH=${root}:${process.env['PATH']}`, 'sh'] as const
    for (const word of ['active', 'activating', 'deactivating']) {
      await writeFile(`${root}/systemctl.says`, word)
      await assertRefuses(signingState, { params, root, shell }, 'signer.service runs: stop it first, so that it cannot sign meanwhile')
    }
    await writeFile(`${root}/systemctl.says`, 'inactive')
    await assertConverges(signingState, { params, root, shell })
  }))

test('keeps who may read it', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/state`, state(5), { mode: 0o644 })
    const done = await assertConverges(signingState, { params: { path: `${root}/state`, mode: '0600' }, root })
    assert.equal(done.changes, [{ what: `mode of ${root}/state`, from: '0644', to: '0600' }])
    assert.is(await readFile(`${root}/state`, 'utf8'), state(5))
  }))

test.run()

function state(height: number): string {
  return `{"height":"${height}","round":0,"step":3}`
}
