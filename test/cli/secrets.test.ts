import { chmod, readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { callHoldfast } from '../support/command.ts'
import { withProject } from '../support/keys.ts'

const test = suite('secrets commands')

const PLANTED = 'planted: hunter2 ümlaut\nsecond line\n'

test('a file is sealed in place, viewed byte for byte, and edited', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const path = await project.write('secrets/api.txt', PLANTED)
    const env = { HOLDFAST_KEY_FILE: ana.keyFile }

    const sealed = await callHoldfast(['secrets', 'seal', 'secrets/api.txt'], { cwd: project.folder })
    assert.is(sealed.code, 0, sealed.err)
    assert.match(sealed.err, '      Sealed secrets/api.txt · ')
    assert.match(await readFile(path, 'utf8'), '-----BEGIN PGP MESSAGE-----')

    const viewed = await callHoldfast(['secrets', 'view', 'secrets/api.txt'], { cwd: project.folder, env })
    assert.is(viewed.out, PLANTED)

    const editor = await project.write('editor.sh', '#!/bin/sh\nsed -i s/hunter2/hunter3/ "$1"\n')
    await chmod(editor, 0o755)
    const edited = await callHoldfast(['secrets', 'edit', 'secrets/api.txt'], {
      cwd: project.folder,
      env: { ...env, EDITOR: `'${editor}'` },
    })
    assert.is(edited.code, 0, edited.err)
    const again = await callHoldfast(['secrets', 'view', 'secrets/api.txt', '--key', ana.keyFile], { cwd: project.folder })
    assert.is(again.out, PLANTED.replace('hunter2', 'hunter3'))
    for (const { out, err } of [sealed, edited]) assert.not.match(out + err, 'hunter')
  }))

test('a vars file with a number in it is not sealed, since a run would show the number', () =>
  withProject(async (project) => {
    await project.add(await project.person('ana'))
    const path = await project.write('group_vars/all/pin.sealed.yml', 'pin: 271828\n')
    const { code, err } = await callHoldfast(['secrets', 'seal', 'group_vars/all/pin.sealed.yml'], { cwd: project.folder })
    assert.is(code, 2)
    assert.match(err, 'error[sealed-number]')
    assert.not.match(err, '271828')
    assert.is(await readFile(path, 'utf8'), 'pin: 271828\n')
  }))

test('a piped value becomes the lines of a vars file', () =>
  withProject(async (project) => {
    const ana = await project.person('ana')
    await project.add(ana)
    const sealed = await callHoldfast(['secrets', 'seal', '--var', 'grafana_password'], { cwd: project.folder, input: 'hunter2\n' })
    assert.is(sealed.code, 0, sealed.err)
    assert.match(sealed.out, /^grafana_password: !secret \|\n {2}-----BEGIN PGP MESSAGE-----\n/)
    assert.not.match(sealed.out + sealed.err, 'hunter')
  }))

test('everything is sealed anew for a new colleague', () =>
  withProject(async (project) => {
    const [ana, ben] = [await project.person('ana'), await project.person('ben')]
    await project.add(ana)
    await project.write('secrets/api.txt', PLANTED)
    await callHoldfast(['secrets', 'seal', 'secrets/api.txt'], { cwd: project.folder })
    await project.add(ben)
    const rekeyed = await callHoldfast(['secrets', 'rekey', '--key', ana.keyFile], { cwd: project.folder })
    assert.match(rekeyed.err, '      Sealed secrets/api.txt\n          Ok 1 sealed anew, 0 already as they should be\n')
    assert.is((await callHoldfast(['secrets', 'view', 'secrets/api.txt', '--key', ben.keyFile], { cwd: project.folder })).out, PLANTED)
  }))

test('what cannot be done is refused with what to do', () =>
  withProject(async (project) => {
    await project.write('secrets/plain.txt', PLANTED)
    const cases = [
      [['secrets', 'seal', 'secrets/plain.txt'], 'error[no-recipients]: there is nobody to seal to'],
      [['secrets', 'seal', 'secrets/none.txt'], 'error[cannot-read]: cannot read `secrets/none.txt`'],
      [['secrets', 'view', 'secrets/none.txt'], 'error[cannot-read]: cannot read `secrets/none.txt`'],
      [['secrets', 'view', 'secrets/plain.txt'], 'error[not-sealed-file]'],
      [['secrets', 'seal'], 'error[no-value]: there is no value on stdin'],
    ] as const
    for (const [words, said] of cases) {
      const { code, out, err } = await callHoldfast(words, { cwd: project.folder })
      assert.is(code, 2, words.join(' '))
      assert.ok(err.includes(said), err)
      assert.not.match(out + err, 'hunter')
    }
  }))

test.run()
