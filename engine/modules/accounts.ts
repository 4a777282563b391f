import type { Resource } from '../core/module.ts'
import { type Script, sh } from '../core/script.ts'

/** What may be the name of a user or group; it can be mistaken neither for an option nor for a field of the account files. */
export const ACCOUNT_NAME = '^[A-Za-z_][A-Za-z0-9_.-]*[$]?$'

/** The same in words. */
export const ACCOUNT_FORM = 'use letters, digits, `_`, `-` and `.`; begin with a letter or `_`'

/** Every file that changes with an account. */
export const ACCOUNT_FILES: readonly Resource[] = ['passwd', 'shadow', 'group', 'gshadow', 'subuid', 'subgid'].map(
  (name) => `path:/etc/${name}`,
)

/** Prints the lines that begin with this account in these files, with the file's name in front if there are several. Nothing found is no failure. */
export function accountLine(name: string, files: readonly string[]): Script {
  return sh`grep -s ${`^${basicRegex(name)}:`} ${files} || [ $? = 1 ]`
}

/** The text as a basic regular expression that matches exactly it. */
export function basicRegex(text: string): string {
  return text.replace(/[\\.*[^$]/g, '\\$&')
}
