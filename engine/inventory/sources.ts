import { accessSync, closeSync, constants, openSync, readSync, type Stats } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { attempt, type Diagnostic, reject } from '../core/diagnostic.ts'
import { lookAt, readFolder } from '../source/read.ts'
import type { Draft } from './draft.ts'

/** One file of an inventory and how it is to be read. */
export interface InventoryFile {
  readonly path: string
  readonly format: 'yaml' | 'ini' | 'program' | 'unsure'
}

/** The files behind a path: itself, or what its folder holds, sorted, below it too. Rejects a path that does not exist. */
export function filesOf(path: string, draft: Draft): readonly InventoryFile[] {
  const stat = lookAt(path)
  if (!stat) {
    reject({
      code: 'no-inventory',
      message: `the inventory \`${path}\` does not exist`,
      help: 'check the path; a list of hosts needs a comma: `-i host,`',
    })
  }
  if (stat.isDirectory()) return filesIn(path, draft)
  return [fileOf({ path, stat, draft })]
}

/** What Ansible leaves out of an inventory folder. Versions differ on `.ini`, so that one is told. */
const IGNORED = /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:~|\.(?:pyc|pyo|swp|bak|rpm|md|txt|rst|orig|cfg|retry))$/
/** Other documents that live in an inventory folder. */
const OURS = new Set(['rollout.yml'])

function filesIn(folder: string, draft: Draft): readonly InventoryFile[] {
  return readFolder(folder)
    .filter((name) => !IGNORED.test(name) && !OURS.has(name))
    .flatMap((name) => attempt(draft.problems, () => filesAt(join(folder, name), draft)) ?? [])
}

function filesAt(path: string, draft: Draft): readonly InventoryFile[] {
  const stat = lookAt(path)
  if (!stat) reject({ code: 'no-inventory', message: `\`${path}\` points nowhere`, help: 'mend or remove the symbolic link' })
  if (stat.isDirectory()) return filesIn(path, draft)
  if (!path.endsWith('.ini')) return [fileOf({ path, stat, draft })]
  draft.warnings.push(iniProblem(path))
  return []
}

function iniProblem(path: string): Diagnostic {
  return {
    code: 'ignored-file',
    message: `\`${path}\` is not read, because Ansible before 2.19 ignores \`.ini\` files in an inventory folder`,
    help: `name it without the ending: ${basename(path, '.ini')}`,
  }
}

interface Found {
  readonly path: string
  readonly stat: Stats
  readonly draft: Draft
}

function fileOf({ path, stat, draft }: Found): InventoryFile {
  const isScript = startOf(path) === '#!'
  const isExecutable = canExecute(path)
  if (isScript && !isExecutable) {
    reject({ code: 'not-executable', message: `\`${path}\` is a program that may not be run`, help: `run: chmod +x ${path}` })
  }
  const format = FORMATS[extname(path)] ?? (extname(path) === '' ? 'unsure' : 'ini')
  const isProgram = isScript || (isExecutable && FORMATS[extname(path)] === undefined)
  if (!isProgram && (stat.mode & 0o022) !== 0) draft.warnings.push(writable(path))
  return { path, format: isProgram ? 'program' : format }
}

const FORMATS: { readonly [extension: string]: 'yaml' | 'ini' } = { '.yml': 'yaml', '.yaml': 'yaml', '.json': 'yaml', '.ini': 'ini' }

/** Warns of a file that others than its owner may change: they decide what we connect to. */
export function writable(path: string): Diagnostic {
  return { code: 'writable-file', message: `others than its owner may write \`${path}\``, help: `run: chmod go-w ${path}` }
}

function canExecute(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function startOf(path: string): string {
  if (!lookAt(path)?.isFile()) return ''
  try {
    const file = openSync(path, 'r')
    const bytes = Buffer.alloc(2)
    readSync(file, bytes)
    closeSync(file)
    return bytes.toString('latin1')
  } catch {
    return ''
  }
}
