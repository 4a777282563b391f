import { mkdir, writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CommandModule, Outcome } from '../../engine/core/module.ts'
import type { ObjectSchema } from '../../engine/core/params.ts'
import { Secret } from '../../engine/core/secret.ts'
import { command } from '../../engine/modules/command.ts'
import { shell } from '../../engine/modules/shell.ts'
import { applyModule, completeParams, runScript } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('command')
/** Other tests look at the same list of processes. */
const PLANTED = `planted-${process.pid}`
/** Counts the processes that show it. One does, and lasts until the list is whole. */
const COUNT_SHOWN = `list=$(sh -c 'ps -eo args; : ${PLANTED}'); echo "$list" | grep -c ${PLANTED}`

test('gives both streams, the status and the command as a list', async () => {
  const { status, registered } = await applyModule(command, { cmd: 'printf "%s\\n" one "two  three" no' })
  assert.is(status, 'changed')
  assert.equal(registered, {
    cmd: ['printf', '%s\\n', 'one', 'two  three', 'no'],
    rc: 0,
    stdout: 'one\ntwo  three\nno',
    stderr: '',
    stdout_lines: ['one', 'two  three', 'no'],
    stderr_lines: [],
    msg: '',
  })
})

test('means the variables of the host, and leaves unknown ones as they are', async () => {
  const { registered } = await applyModule(command, { argv: ['echo', '$PATH:${PATH}', '$nothing_x ${nothing_x} $1 $', "a'b"] })
  assert.match(String(registered['stdout']), /^\/usr\/sbin\S*:\/usr\/sbin\S* \$nothing_x \$\{nothing_x\} \$1 \$ a'b$/)
  const home = await applyModule(command, { argv: ['echo', '~root', '~root/a b', '~', 'x~'] })
  assert.match(String(home.registered['stdout']), /^\/root \/root\/a b \S+ x~$/)
  const plain = await applyModule(command, { argv: ['echo', '$PATH', '~'], expand_argument_vars: false })
  assert.is(plain.registered['stdout'], '$PATH ~')
})

test('fails with the status and the last words of the command', async () => {
  const { status, message, registered } = await applyModule(command, { cmd: 'ls /nowhere/at/all' })
  assert.is(status, 'failed')
  assert.match(message, /^exit status 2: ls: .*\/nowhere/)
  assert.is(registered['rc'], 2)
  assert.is(registered['msg'], 'non-zero return code')
  const missing = await applyModule(command, { cmd: 'no-such-program-here' })
  assert.is(missing.registered['rc'], 127)
})

test('does nothing where `creates` exists or `removes` does not', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/done-1`, '')
    const created = await applyModule(command, { argv: ['touch', `${root}/again`], creates: `${root}/done-?` })
    assert.equal([created.status, created.message], ['ok', `skipped, since ${root}/done-? exists`])
    const removed = await applyModule(command, { argv: ['touch', `${root}/again`], removes: 'none*', chdir: root })
    assert.equal([removed.status, removed.registered['rc']], ['ok', 0])
    const both = await applyModule(command, { argv: ['touch', 'again'], removes: 'done-[0-9]', creates: 'again', chdir: root })
    assert.is(both.status, 'changed', both.message)
    const named = await applyModule(command, { cmd: 'echo $path $found', creates: `${root}/none` })
    assert.is(named.registered['stdout'], '$path $found')
  }))

test('foretells in check mode what `creates` and `removes` come to, and nothing else', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/done`, '')
    assert.is((command as CommandModule<ObjectSchema>).predict?.(completeParams(command.schema, { cmd: 'true' })), undefined)
    assert.equal(changeOf(await predict(command, { cmd: 'true', creates: `${root}/done` })), { changed: false, skipped: undefined })
    assert.equal(changeOf(await predict(command, { cmd: 'true', creates: `${root}/new` })), { changed: true, skipped: undefined })
    assert.equal(changeOf(await predict(command, { cmd: 'true', removes: 'done', chdir: root })), { changed: true, skipped: undefined })
    assert.equal(changeOf(await predict(command, { cmd: 'true', removes: 'x', chdir: `${root}/not/yet` })), {
      changed: false,
      skipped: undefined,
    })
  }))

test('a secret on stdin is in no list of processes', async () => {
  const stdin = new Secret('token', PLANTED)
  const { registered } = await applyModule(shell, { cmd: `cat; ${COUNT_SHOWN}`, stdin })
  assert.is(registered['stdout'], `${PLANTED}\n1`)
})

test('the text of a shell is in no list of processes, and keeps its stdin', async () => {
  const cmd = `${COUNT_SHOWN}; read a; echo "got $a"`
  const { registered } = await applyModule(shell, { cmd, stdin: 'line', stdin_add_newline: true })
  assert.is(registered['stdout'], '1\ngot line')
})

test('a shell has its own status, words and options', async () => {
  const { registered } = await applyModule(shell, { cmd: "set -e\nfalse # it's a comment\necho no" })
  assert.is(registered['rc'], 1)
  const bash = await applyModule(shell, { cmd: 'a=(1 2 3); echo "${#a[@]}"', executable: '/bin/bash' })
  assert.is(bash.registered['stdout'], '3')
  const open = await applyModule(shell, { cmd: 'echo "never closed' })
  assert.is(open.status, 'failed')
})

test('keeps output byte for byte, except for the newlines at its end', async () => {
  const { registered } = await applyModule(shell, { cmd: "printf 'a\\r\\nb\\n\\n\\n'; printf 'x\\n' >&2" })
  assert.equal([registered['stdout'], registered['stderr'], registered['stdout_lines']], ['a\r\nb', 'x', ['a', 'b']])
  const whole = await applyModule(shell, { cmd: "printf '\\n\\nb\\n\\n'", strip_empty_ends: false })
  assert.is(whole.registered['stdout'], '\n\nb\n\n')
})

test('what it leaves in the background cannot write later, and does not hold it up', async () => {
  const { registered } = await applyModule(shell, { cmd: '(sleep 300; echo late; echo late >&2) & echo $!' })
  const pid = Number(registered['stdout'])
  assert.ok(process.kill(pid, 'SIGKILL'), 'it still runs')
})

test('all of a long output arrives', async () => {
  const { registered } = await applyModule(shell, {
    cmd: 'head -c 5000000 /dev/zero | tr "\\0" x; head -c 3000000 /dev/zero | tr "\\0" y >&2',
  })
  assert.equal([String(registered['stdout']).length, String(registered['stderr']).length], [5_000_000, 3_000_000])
})

test('runs where it is told, and says if it cannot', () =>
  withScratch(async (root) => {
    await mkdir(`${root}/d`)
    const { registered } = await applyModule(command, { cmd: 'pwd', chdir: `${root}/d`, strip_empty_ends: false })
    assert.is(registered['stdout'], `${root}/d\n`)
    const { status, registered: none } = await applyModule(command, { cmd: 'pwd', chdir: `${root}/none` })
    assert.equal([status, none['stdout']], ['failed', ''])
  }))

test('refuses what cannot be meant', async () => {
  const refusals: readonly (readonly [object, string])[] = [
    [{}, '`command` needs either `cmd` or `argv`'],
    [{ cmd: 'a', argv: ['b'] }, '`command` needs either `cmd` or `argv`'],
    [{ cmd: '  ' }, '`command` needs a program to run'],
    [{ cmd: 'echo "a' }, 'left open'],
    [{ cmd: 'touch /x creates=/x' }, '`creates=` inside the command'],
  ]
  for (const [params, message] of refusals) {
    const result = await applyModule(command, params)
    assert.is(result.status, 'failed')
    assert.match(result.message, message)
  }
})

test.run()

async function predict(module: typeof command, params: object): Promise<Outcome> {
  const { predict, outcome } = module as CommandModule<ObjectSchema>
  const complete = completeParams(module.schema, params)
  const script = predict?.(complete)
  if (!script) throw new Error('the module foretells nothing')
  return outcome(await runScript(script), complete)
}

function changeOf({ changed, skipped }: Outcome): object {
  return { changed, skipped }
}
