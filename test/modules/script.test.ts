import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import { Secret } from '../../engine/core/secret.ts'
import { raw } from '../../engine/modules/raw.ts'
import { script } from '../../engine/modules/script.ts'
import { type Applied, applyModule } from '../support/apply_module.ts'

const test = suite('script')

test('runs with its arguments in the language its first line names, and leaves nothing behind', async () => {
  const { registered } = await run('#!/bin/bash\na=("$@"); echo "${#a[@]} $2"; echo "$0" >&2; exit 3', { cmd: 'x.sh one "two three"' })
  assert.equal([registered['stdout'], registered['rc']], ['2 two three\n', 3])
  const folder = String(registered['stderr']).trim()
  assert.match(folder, /\/holdfast\.\w+\/script$/)
  assert.is((await applyModule(raw, { cmd: `ls -d ${folder}` })).status, 'failed')
})

test('without a first line the shell reads it, and another program on request', async () => {
  assert.is((await run('echo plain', { cmd: 'x.sh' })).registered['stdout'], 'plain\n')
  assert.is((await run('print "perl @ARGV"', { cmd: 'x 1 2', executable: '/usr/bin/perl -w' })).registered['stdout'], 'perl 1 2')
})

test('a sealed script is refused', async () => {
  const { status, message } = await applyModule(
    script,
    { cmd: 'x.sh' },
    { sources: { script: Content.of(new Secret('s', 'echo planted')) } },
  )
  assert.equal([status, message], ['failed', 'a sealed script cannot be run'])
})

test('raw runs text as it is', async () => {
  const { status, registered } = await applyModule(raw, { cmd: 'echo "$((1 + 1))"; exit 0' })
  assert.equal([status, registered['stdout']], ['changed', '2\n'])
  assert.is((await applyModule(raw, { cmd: 'exit 9' })).registered['rc'], 9)
})

test.run()

function run(text: string, params: object): Promise<Applied> {
  return applyModule(script, params, { sources: { script: Content.of(text) } })
}
