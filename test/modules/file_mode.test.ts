import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lines, sh } from '../../engine/core/script.ts'
import { isMode, resolveMode } from '../../engine/modules/file_mode.ts'
import { commandWith, validateProblems } from '../../engine/modules/shell_words.ts'
import { runScript } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('mode and validate')

const SYMBOLIC = [
  'u=rw,g=r,o=',
  'g+w',
  'a-x',
  '+x',
  '-w',
  '=r',
  'u=rwX,go=rX',
  'g=u',
  'o=g-w',
  'u+s',
  'g+s,o+t',
  'ug=rws',
  'a=rwxst',
  'u=,g=,o=',
  'go-rwx',
  'o+X',
  'u-s,g-s',
]
const STARTS = ['0644', '0755', '0000', '4755', '2770', '1777', '0640', '6111']

test('a symbolic mode comes to what chmod makes of it, for files and for directories', () =>
  withScratch(async (root) => {
    const rows = SYMBOLIC.flatMap((text) => STARTS.map((start) => ({ text, start })))
    const { stdout, stderr } = await runScript(
      lines([
        sh`cd ${root} && mkdir d && : > f || exit 1`,
        ...rows.map(({ text, start }) => sh`for i in f d; do chmod 0${start} $i && chmod -- ${text} $i && stat -c %a $i || exit 1; done`),
      ]),
    )
    const made = stdout
      .trim()
      .split('\n')
      .map((mode) => mode.padStart(4, '0'))
    assert.is(stderr, '')
    const resolved = rows.flatMap(({ text, start }) => [false, true].map((directory) => resolveMode(text, { current: start, directory })))
    assert.equal(
      rows.flatMap(({ text, start }, i) => [`${start} ${text} f ${resolved[2 * i]}`, `${start} ${text} d ${resolved[2 * i + 1]}`]),
      rows.flatMap(({ text, start }, i) => [`${start} ${text} f ${made[2 * i]}`, `${start} ${text} d ${made[2 * i + 1]}`]),
    )
  }))

test('a mode in digits is taken as it stands', () => {
  assert.equal(
    ['644', '0644', '02755', '1777'].map((text) => resolveMode(text, { current: '4777', directory: true })),
    ['0644', '0644', '2755', '1777'],
  )
  assert.equal(['0888', 'rw', 'u=rwz', '', '07777777', 'u=rw g=r'].filter(isMode), [])
})

test('the words of validate are split as a shell splits them, and expanded by none', async () => {
  const shown = async (command: string) => (await runScript(sh`t='a b'; ${commandWith(command, sh`"$t"`)}`)).stdout
  assert.is(await shown(`printf '<%%s>' %s`), '<a b>')
  assert.is(await shown(`printf <%%s> '-c' "%s.x" --f=%s $HOME * \\* ; "a\\"b" ''`), `<-c><a b.x><--f=a b><$HOME><*><*><;><a"b><>`)
  assert.equal(validateProblems('sshd -t'), ['`validate` must hold `%s`, which stands for the file to judge'])
  assert.equal(validateProblems(`x '%s`), ['`validate` has a quote that is not closed'])
})

test.run()
