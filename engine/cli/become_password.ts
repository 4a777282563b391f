import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { quote } from '../core/script.ts'
import { askSecret } from '../report/ask.ts'
import type { Context } from './context.ts'

interface Wanted {
  readonly 'ask-become-pass': boolean
  readonly 'become-password-file': string | undefined
}

/** The password of `become`, typed or read from a file that only its owner can read; nothing if neither is asked for. */
export async function becomePassword(wanted: Wanted, context: Context): Promise<Secret | undefined> {
  const file = wanted['become-password-file']
  if (file !== undefined) return readPassword(resolve(context.cwd, file))
  if (!wanted['ask-become-pass']) return undefined
  if (!context.interactive) {
    reject({
      code: 'no-terminal',
      message: 'there is no terminal to ask for the password of `become`',
      help: 'use `--become-password-file PATH`',
    })
  }
  const typed = await askSecret('become password', context)
  return typed ?? reject({ code: 'no-password', message: 'no password was typed', help: 'run again, or leave out `--ask-become-pass`' })
}

/** A pipe (`<(pass show sudo)`) is as private as who made it; a file must be closed to others. */
function readPassword(path: string): Secret {
  try {
    const stat = statSync(path)
    if (stat.isFile() && (stat.mode & 0o077) !== 0) {
      reject({
        code: 'password-exposed',
        message: `\`${path}\` can be read by others on this machine`,
        help: `run \`chmod 600 ${quote(path)}\``,
      })
    }
    const [line = ''] = beginningOf(path).split('\n')
    if (line === '') reject({ code: 'no-password', message: `the first line of \`${path}\` is empty`, help: 'write the password there' })
    return new Secret('become password', line.replace(/\r$/, ''))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === undefined) throw error
    return reject({ code: 'cannot-read', message: `cannot read \`${path}\`: the system says ${code}`, help: 'check the path' })
  }
}

/** As much as a first line may be; what is no file may never end. */
function beginningOf(path: string): string {
  const bytes = Buffer.alloc(LONGEST_BYTES)
  const file = openSync(path, 'r')
  try {
    let length = 0
    for (let more = 1; more > 0 && length < LONGEST_BYTES && !bytes.subarray(0, length).includes('\n'); length += more)
      more = readSync(file, bytes, length, LONGEST_BYTES - length, null)
    return bytes.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

const LONGEST_BYTES = 4096
