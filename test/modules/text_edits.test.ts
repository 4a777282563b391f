import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readKey, withKeys } from '../../engine/modules/authorized_keys_text.ts'
import { expandable, globWord, splitCommand } from '../../engine/modules/command_line.ts'
import { withJob, withVariable, withoutJob, withoutVariable } from '../../engine/modules/cron_text.ts'
import { withEntry, withoutEntry } from '../../engine/modules/fstab_text.ts'
import { missingOptions } from '../../engine/modules/mount_options.ts'
import { linesOf } from '../../engine/modules/text_lines.ts'
import { sectionProblems, unitText } from '../../engine/modules/unit_text.ts'
import { runScript } from '../support/apply_module.ts'
import { sh } from '../../engine/core/script.ts'

const test = suite('text edits')
const BLOB = 'AAAAC3NzaC1lZDI1NTE5AAAAIJ1Qy7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3m'
const OTHER = BLOB.replace('Zr0', 'Xr0')

test('a key is read with its options, however they are quoted', () => {
  assert.equal(readKey(`from="10.0.0.1,a b \\" #x",no-pty ssh-ed25519 ${BLOB} ana at home`), {
    options: 'from="10.0.0.1,a b \\" #x",no-pty',
    type: 'ssh-ed25519',
    blob: BLOB,
    comment: 'ana at home',
  })
  for (const none of ['', '# ssh-ed25519 AAAA', `ssh-x ${BLOB}`, 'ssh-ed25519 short', `# ${BLOB}`]) assert.is(readKey(none), undefined)
})

test('a key met twice stands there once, with the options asked for', () => {
  const key = { options: 'no-pty', type: 'ssh-ed25519', blob: BLOB, comment: 'ana' }
  const text = `# team\nssh-ed25519 ${BLOB}\nssh-ed25519 ${OTHER} ben\n\nno-agent-forwarding ssh-ed25519 ${BLOB} old\n`
  const once = withKeys(text, { keys: [key], present: true, exclusive: false })
  assert.is(once, `# team\nno-pty ssh-ed25519 ${BLOB} ana\nssh-ed25519 ${OTHER} ben\n\n`)
  assert.is(withKeys(once, { keys: [key], present: true, exclusive: false }), once)
  assert.is(withKeys(text, { keys: [key], present: true, exclusive: true }), `no-pty ssh-ed25519 ${BLOB} ana\n`)
  assert.is(withKeys(text, { keys: [key], present: false, exclusive: false }), `# team\nssh-ed25519 ${OTHER} ben\n\n`)
})

const row = fc.stringMatching(/^[^\n]{0,20}$/)
const text = fc.array(row).map((rows) => rows.map((one) => `${one}\n`).join(''))

test('doing an edit again changes nothing, and undoing it leaves the rest', () => {
  fc.assert(
    fc.property(text, fc.stringMatching(/^[a-z]{1,8}$/), row, (before, name, line) => {
      const job = withJob(before, name, line)
      assert.is(withJob(job, name, line), job)
      if (!before.includes(`#Ansible: ${name}`)) assert.is(withoutJob(job, name), before)
      const variable = withVariable(before, { name, value: 'x' })
      assert.is(withVariable(variable, { name, value: 'x' }), variable)
      assert.not.match(withoutVariable(variable, name), new RegExp(`^${name}=`, 'm'))
      const entry = { src: 'tmp fs', path: `/${name}`, fstype: 'tmpfs', opts: 'ro', dump: '0', passno: '0' }
      const mounted = withEntry(before, entry)
      assert.is(withEntry(mounted, entry), mounted)
      if (!before.includes(`/${name}`)) assert.is(withoutEntry(mounted, `/${name}`), before)
    }),
  )
})

test('a variable goes to the top, or beside another one', () => {
  assert.is(withVariable('# a\nMAILTO="x"\n', { name: 'PATH', value: '/bin' }), 'PATH="/bin"\n# a\nMAILTO="x"\n')
  assert.is(withVariable('A="1"\nB="2"\n', { name: 'C', value: '3' }, { insertafter: 'A' }), 'A="1"\nC="3"\nB="2"\n')
  assert.is(withVariable('A="1"\nB="2"\n', { name: 'C', value: '3' }, { insertbefore: 'B' }), 'A="1"\nC="3"\nB="2"\n')
})

test('options that protect are compared, the last of two that contradict each other', () => {
  assert.equal(missingOptions('defaults,nosuid,noexec,size=1m', ['rw', 'nosuid', 'relatime']), ['noexec'])
  assert.equal(missingOptions('noexec,exec', ['rw', 'noexec']), ['exec'])
  assert.equal(missingOptions('ro', ['ro']), [])
})

test('words of a command are split as Ansible splits them', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['a  b\tc', ['a', 'b', 'c']],
    [`echo "a b" 'c "d"' e\\ f`, ['echo', 'a b', 'c "d"', 'e f']],
    ['grep "\\$x\\"" \'\\n\'', ['grep', '\\$x"', '\\n']],
    [`a""b ''`, ['ab', '']],
    ['', []],
  ]
  for (const [line, words] of cases) assert.equal(splitCommand(line), words)
  assert.throws(() => splitCommand("it's"), SyntaxError)
})

test('every word reaches the program as it is, with its variables expanded or not', async () => {
  const words = fc.sample(
    fc.string({ unit: 'grapheme', maxLength: 12 }).map((word) => word.replaceAll('\0', '').replace(/[$~]/g, '')),
    150,
  )
  const nasty = [...words, '$(id)', '`id`', '$((1))', '${x:-y}', '$1', '$', "'", '\\', '!', '*', '"', '~x y', '-n', '', '\n', '$$']
  const { stdout } = await runScript(sh`printf '%s\\037' ${expandable(nasty)}`)
  assert.equal(stdout.split('\x1f').slice(0, -1), nasty)
})

test('of a pattern only what matches names stays special', () => {
  assert.is(globWord("/a b/*.t[xy]t/$(id)'?").text, "'/a b/'*.t[xy]'t/$(id)'\\'''?")
})

test('lines end where Python ends them', () => {
  assert.equal(linesOf('a\r\nb\rc\n\nd\u2028e\n'), ['a', 'b', 'c', '', 'd', 'e'])
  assert.equal(linesOf(''), [])
  for (const text of ['a\nb\n', 'a\nb\r\nc\n\n', 'a', '\n\n\n', 'aaaaa']) {
    assert.equal(linesOf(text, 2).slice(0, 1), linesOf(text).slice(0, 1), JSON.stringify(text))
    assert.ok(linesOf(text, 2).length <= 2)
  }
  assert.equal(linesOf('a\nb\nc\n', 2), ['a', 'b\nc\n'], 'the last one holds the rest')
  assert.is(linesOf('y\n'.repeat(3_000_000)).length, 1_000_000)
})

test('a unit is written from its sections', () => {
  const sections = {
    Unit: { Description: 'x', After: ['a.service', 'b.service'] },
    Service: { ExecStart: ['', '/bin/x'], PrivateTmp: true, Nice: -5 },
  }
  assert.is(
    unitText(sections),
    '[Unit]\nDescription=x\nAfter=a.service\nAfter=b.service\n\n[Service]\nExecStart=\nExecStart=/bin/x\nPrivateTmp=yes\nNice=-5\n',
  )
  assert.equal(sectionProblems({ Service: { 'Exec Start': 'x', Environment: { A: 1 } } }), [
    '`Service.Exec Start` cannot be a key of a unit',
    '`Service.Environment` must be a text, a number, a boolean or a list of these',
  ])
})

test.run()
