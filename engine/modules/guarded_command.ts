import { Content } from '../core/content.ts'
import type { Json } from '../core/json.ts'
import type { Outcome, Output } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { globWord } from './command_line.ts'
import { isolated } from './isolated.ts'
import { linesOf } from './text_lines.ts'

/** The params that `command`, `shell` and `script` share. */
export const COMMAND_PARAMS = {
  chdir: { type: 'string', description: 'Directory to run in, and from which `creates` and `removes` are looked up.' },
  creates: { type: 'string', description: 'A path or glob pattern; if something of that name exists, the command is not run.' },
  removes: { type: 'string', description: 'A path or glob pattern; if nothing of that name exists, the command is not run.' },
  stdin: { type: 'string', secret: true, description: 'Text for its standard input. The only param of it that may hold a secret.' },
  stdin_add_newline: { type: 'boolean', default: true, description: 'Whether a newline is added to `stdin`.' },
  strip_empty_ends: { type: 'boolean', default: true, description: 'Whether newlines at the end of the output are dropped.' },
} as const

export interface CommandParams {
  readonly chdir?: string
  readonly creates?: string
  readonly removes?: string
  readonly stdin?: string | Secret
  readonly stdin_add_newline?: boolean
  readonly strip_empty_ends?: boolean
}

/** What all of them have in common for the reference page. */
export const COMMAND_NOTES = [
  'In check mode it is not run. `creates` and `removes` tell whether it would be; without them what it would do is unknown, and so is what hangs on its result. Give a command that only looks `changed_when: false`, and `check_mode: false` if its result is needed in check mode, too.',
  'The result has `cmd`, `rc`, `stdout`, `stderr`, `stdout_lines` and `stderr_lines`, but no `start`, `end` and `delta`.',
  'A process it leaves in the background keeps running, but loses its output one second after the command has ended.',
] as const

/** Runs the command unless `creates` or `removes` say that there is no need. Its first line says which, and is not the command's. */
export function guarded(params: CommandParams, command: Script): Script {
  return lines([
    ...enter(params),
    ...reasons(params),
    sh`echo ran`,
    isolated(params.stdin === undefined ? command : sh`${stdinContent(params)} | {\n${command}\n}`),
  ])
}

/** For check mode: looks at `creates` and `removes` and runs nothing; without them there is nothing to look at. */
export function predicted(params: CommandParams): Script | undefined {
  if (params.creates === undefined && params.removes === undefined) return undefined
  const chdir = params.chdir === undefined ? [] : [sh`cd -- ${params.chdir} 2>/dev/null`]
  return lines([...chdir, ...reasons(params), sh`echo 'would run'`])
}

/** Reads what `guarded` or `predicted` printed. */
export function commandOutcome(
  { rc, stdout, stderr }: Output,
  { strip_empty_ends = true, creates, removes }: CommandParams,
  cmd: Json,
): Outcome {
  const end = stdout.indexOf('\n')
  const [head, rest] = end < 0 ? ['', stdout] : [stdout.slice(0, end), stdout.slice(end + 1)]
  if (head === 'would run') return { failed: false, changed: true, message: 'would run', pending: true, values: { cmd } }
  if (head === 'no need creates') return needless(cmd, `${creates} exists`)
  if (head === 'no need removes') return needless(cmd, `${removes} does not exist`)
  const clean = (text: string): string => (strip_empty_ends ? text.replace(/[\r\n]+$/, '') : text)
  const values = { cmd, ...result({ rc, stdout: clean(rest), stderr: clean(stderr) }) }
  if (rc === 0) return { failed: false, changed: true, values: { ...values, msg: '' } }
  return {
    failed: true,
    changed: head === 'ran',
    message: failure({ rc, stdout: rest, stderr }),
    values: { ...values, msg: 'non-zero return code' },
  }
}

/** Why the text cannot be meant: Ansible would take such words for params, here they would reach the command. */
export function inlineParamProblems(text: string): readonly string[] {
  const found = /(?:^|\s)(creates|removes|chdir|executable|stdin|strip_empty_ends)=/.exec(text)
  return found
    ? [
        `\`${found[1]}=\` inside the command would be given to the command: write \`${found[1]}:\` as a param of its own, or under \`args:\``,
      ]
    : []
}

function enter({ chdir }: CommandParams): readonly Script[] {
  return chdir === undefined ? [] : [sh`cd -- ${chdir} || exit 1`]
}

/** The names of its variables keep clear of those a command line may hold. */
function reasons({ creates, removes }: CommandParams): readonly Script[] {
  const exists = (pattern: string): Script =>
    sh`hf_found=; for hf_path in ${globWord(pattern)}; do if [ -e "$hf_path" ] || [ -L "$hf_path" ]; then hf_found=1; break; fi; done`
  return [
    ...(creates === undefined ? [] : [exists(creates), sh`[ -z "$hf_found" ] || { echo 'no need creates'; exit 0; }`]),
    ...(removes === undefined ? [] : [exists(removes), sh`[ -n "$hf_found" ] || { echo 'no need removes'; exit 0; }`]),
  ]
}

function needless(cmd: Json, reason: string): Outcome {
  const said = `skipped, since ${reason}`
  return { failed: false, changed: false, message: said, values: { cmd, msg: said, ...result({ rc: 0, stdout: said, stderr: '' }) } }
}

function stdinContent({ stdin = '', stdin_add_newline = true }: CommandParams): Content {
  const end = stdin_add_newline ? '\n' : ''
  return Content.of(stdin instanceof Secret ? new Secret(stdin.name, stdin.reveal() + end) : stdin + end)
}

function result({ rc, stdout, stderr }: Output): { readonly [key: string]: Json } {
  return { rc, stdout, stderr, stdout_lines: linesOf(stdout), stderr_lines: linesOf(stderr) }
}

function failure({ rc, stdout, stderr }: Output): string {
  const said = (stderr.trim() || stdout.trim()).slice(-LONGEST_COMPLAINT).split('\n').slice(-10).join('\n')
  return said === '' ? `exit status ${rc}` : `exit status ${rc}: ${said}`
}

const LONGEST_COMPLAINT = 4000
