import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('content on its way')

const LARGE = 'a line of a large file\n'.repeat(100_000)
const SITE = `- hosts: all
  gather_facts: false
  tasks:
    - copy: { src: '{{ scratch }}/large', dest: '{{ here }}/large' }
`
const HOSTS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']
const FOLDER = `/var/tmp/holdfast-login-${userInfo().uid}`

test('is its own shell’s alone: several can bring the same to one machine at once', () =>
  withLocalRun({ 'site.yml': SITE, large: LARGE }, { hosts: HOSTS }, ({ folder, summary }) => {
    assert.equal(summary.failed, [])
    for (const host of HOSTS) assert.ok(readFileSync(join(folder, 'hosts', host, 'large'), 'utf8') === LARGE, host)
    assert.not.ok(existsSync(FOLDER), 'the folder goes with the last file in it')
  }))

test('goes when its shell is gone, and stays while its shell is there', async () => {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
  const gone = join(FOLDER, `content.${2 ** 22 + 1}`)
  const here = join(FOLDER, `content.${process.pid}`)
  for (const path of [gone, `${gone}.part`, here, `${here}.part`]) writeFileSync(path, userInfo().username)
  await withLocalRun({ 'site.yml': SITE, large: 'small' }, { hosts: ['h1'] }, () => {
    const left = readdirSync(FOLDER).filter((name) => name.startsWith('content.'))
    assert.equal(left.sort(), [`content.${process.pid}`, `content.${process.pid}.part`])
  })
  await withLocalRun({ 'site.yml': SITE.replace(/copy:.*/, `command: rm ${here} ${here}.part`) }, { hosts: ['h1'] }, ({ summary }) =>
    assert.equal(summary.failed, []),
  )
  rmSync(FOLDER, { recursive: true })
})

test.run()
