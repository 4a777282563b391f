import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withLocalRun } from '../support/local_run.ts'

const test = suite('content on its way')

/** Known by its digest from what other runs bring to this machine at the same time. */
const LARGE = `a line of a large file ${randomBytes(8).toString('hex')}\n`.repeat(60_000)
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
    const left = staged()
    assert.not.equal(left, [], 'the folder goes with the last file in it')
    assert.not.ok(left?.some((name) => name.startsWith(createHash('sha256').update(LARGE).digest('hex'))))
  }))

test('goes when its shell is gone, and stays while its shell is there', async () => {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 })
  const own = `content-${process.pid}`
  const [gone, here] = [`${own}.${2 ** 22 + 1}`, `${own}.${process.pid}`]
  const files = [gone, here].flatMap((name) => [name, `${name}.part`])
  for (const name of files) writeFileSync(join(FOLDER, name), userInfo().username)
  try {
    await withLocalRun({ 'site.yml': SITE, large: 'small' }, { hosts: ['h1'] }, () => {
      const left = staged()?.filter((name) => name.startsWith(`${own}.`))
      assert.equal(left?.sort(), [here, `${here}.part`])
    })
  } finally {
    for (const name of files) rmSync(join(FOLDER, name), { force: true })
  }
  await withLocalRun({ 'site.yml': SITE, large: 'small' }, { hosts: ['h1'] }, () => assert.not.equal(staged(), []))
})

test.run()

/** What is there, of whatever run; nothing where there is no folder. */
function staged(): readonly string[] | undefined {
  try {
    return readdirSync(FOLDER)
  } catch {
    return undefined
  }
}
