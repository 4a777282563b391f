import { dirname } from 'node:path'
import { quote, type Script } from '../core/script.ts'

/** One step of an exchange. A guarded step is passed over once an earlier guarded step of the exchange has failed. */
export interface Step {
  readonly script: Script
  /** Run just before it by the shell itself: what it sets, this step and those behind it see. It prints nothing. */
  readonly before?: Script
  readonly guarded?: boolean
  /** Exported to the commands of this step alone. */
  readonly environment?: { readonly [name: string]: string }
  /** Time of its own, counted from the answer before it; steps without share that of the exchange. */
  readonly timeoutMs?: number
}

/** The script a session's shell must begin with: the given one, and the frame that ends its output. */
export function opening(script: Script, token: string): string {
  const end = `'\\n%s 0 0\\n' ${token}`
  return `( ${script.text}\n) </dev/null; printf ${end}; printf ${end} >&2`
}

/** Sets the shell up: known locale, full path, no surprises from the environment, and the function that ends a step. */
export function greeting(nonce: string): string {
  return `export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
unset LANG LANGUAGE CDPATH ENV IFS; umask 022; cd /
hf_n=${nonce}; hf_ok=1; set --
hf_end() { printf '\\n%s %s %s\\n' $hf_n $1 $2; printf '\\n%s %s %s\\n' $hf_n $1 $2 >&2; }
`
}

interface Framing {
  readonly text: string
  readonly number: number
  readonly staged: readonly string[]
}

/** The step with a frame after it. Its staged files go, and their folder with the last of them, before it answers: if nobody hears the answer, the shell ends there. */
export function framed({ guarded = false, environment = {}, before }: Step, { text, number, staged }: Framing): string {
  const exports = Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}\n`)
  const folders = [...new Set(staged.map(dirname))]
  const words = (paths: readonly string[]): string => paths.map(quote).join(' ')
  const tidy = staged.length > 0 ? `{ rm -f ${words(staged)}; rmdir ${words(folders)}; } </dev/null >/dev/null 2>&1; ` : ''
  const ahead = before ? `{ ${before.text}\n} </dev/null\n` : ''
  const run = `( ${exports.join('')}${text}\n) </dev/null; hf_rc=$?`
  if (!guarded) return `${ahead}${run}; ${tidy}hf_end ${number} $hf_rc\n`
  return `${ahead}if [ $hf_ok = 1 ]; then ${run}; [ $hf_rc = 0 ] || hf_ok=0; ${tidy}hf_end ${number} $hf_rc; else ${tidy}hf_end ${number} -; fi\n`
}
