import type { Diagnostic } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { readOption, type SshArgsTarget } from './ssh_args_option.ts'
import { splitWords } from './ssh_args_words.ts'

/** What `ansible_ssh_common_args` and its like come to. */
export interface SshArgs {
  readonly target: SshArgsTarget
  /** One for each word that cannot be honoured. */
  readonly problems: readonly Diagnostic[]
}

/** Reads words meant for the `ssh` command into what a target can say. */
export function parseSshArgs(text: string, origin?: Origin): SshArgs {
  const words = splitWords(text)
  if (!words) return { target: {}, problems: [problem('the quotes of the ssh arguments do not match', origin)] }
  let target: SshArgsTarget = {}
  const problems: Diagnostic[] = []
  for (let at = 0; at < words.length; ) {
    const flag = takeFlag(words, at)
    at += flag.used
    const read = readFlag(flag, target)
    if (typeof read === 'string') problems.push(problem(read, origin))
    else target = { ...target, ...read }
  }
  return { target, problems }
}

interface Flag {
  readonly name: string
  readonly value: string
  /** How many words it took. */
  readonly used: number
}

function takeFlag(words: readonly string[], at: number): Flag {
  const word = words[at] as string
  const name = word.slice(0, 2)
  if (word === '-A') return { name: '-o', value: 'ForwardAgent=yes', used: 1 }
  if (!VALUED.includes(name)) return { name: word, value: '', used: 1 }
  return word.length > 2 ? { name, value: word.slice(2), used: 1 } : { name, value: words[at + 1] ?? '', used: 2 }
}

const VALUED = [
  '-o',
  '-J',
  '-i',
  '-p',
  '-l',
  '-F',
  '-b',
  '-B',
  '-c',
  '-m',
  '-D',
  '-E',
  '-I',
  '-L',
  '-R',
  '-S',
  '-w',
  '-W',
  '-e',
  '-O',
  '-Q',
]

/** Flags that are options under another name. */
const SAME_AS: { readonly [flag: string]: string } = {
  '-J': 'ProxyJump',
  '-i': 'IdentityFile',
  '-p': 'Port',
  '-l': 'User',
  '-c': 'Ciphers',
  '-m': 'MACs',
}

const HARMLESS = ['-C', '-T', '-a', '-k', '-n', '-q', '-v', '-vv', '-vvv', '-x', '-t', '-tt', '-S']
const PASSED_ON = ['-F', '-4', '-6', '-b', '-B', '-I']

function readFlag({ name, value }: Flag, target: SshArgsTarget): SshArgsTarget | string {
  if (name === '-o') return readAssignment(value, target)
  const same = SAME_AS[name]
  if (same) return readOption(same, value, target)
  if (HARMLESS.includes(name)) return {}
  if (!PASSED_ON.includes(name)) return `the ssh argument \`${name}\` cannot be honoured`
  return { sshWords: [...(target.sshWords ?? []), name, ...(value ? [value] : [])] }
}

function readAssignment(text: string, target: SshArgsTarget): SshArgsTarget | string {
  const [, option, value = ''] = /^\s*(\w+)\s*[=\s]\s*(.*?)\s*$/s.exec(text) ?? []
  return option ? readOption(option, value, target) : `the ssh argument \`-o ${text}\` is no \`Option=value\``
}

function problem(message: string, origin: Origin | undefined): Diagnostic {
  return {
    code: 'ssh-args',
    message,
    ...(origin && { origin }),
    help: 'take it out, or put it into `~/.ssh/config` and set `ansible_connection: openssh`',
  }
}
