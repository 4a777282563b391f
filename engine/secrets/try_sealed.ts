import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { sealedFilesAt, sealedSamples } from './find_sealed.ts'
import type { Keyring } from './keyring.ts'
import { open, type Sealed, sealedTo } from './open.ts'
import { collector } from './problems.ts'

/** Opens those of these files and folders that are sealed. Rejects with all that cannot be opened. */
export async function tryAll(paths: readonly string[], keyring: Keyring): Promise<void> {
  const problems: Diagnostic[] = []
  const collect = collector(problems)
  for (const path of paths) for await (const sealed of sealedFilesAt(path)) await collect(() => open(sealed, keyring))
  if (problems.length > 0) throw new Rejected(problems)
}

/** Unlocks the keys that anything sealed in the project needs, and tells why it could not. */
export async function unlockAll(keyring: Keyring): Promise<readonly Diagnostic[]> {
  try {
    for await (const sealed of sealedSamples(keyring.project)) await keyring.keyFor(await keyIdsIn(sealed))
    return []
  } catch (error) {
    // A file that this user may not read: the task that needs it will say so.
    if (error instanceof Error && 'syscall' in error) return []
    if (!(error instanceof Rejected) || error.diagnostics.some(({ code }) => ANSWERS.has(code))) throw error
    const detail = 'the names of some files that this run reads are only known on the way, and the project holds sealed ones'
    return error.diagnostics.map((problem) => ({ ...problem, detail }))
  }
}

/** What a person typed was not right: they are there, and can begin again. */
const ANSWERS: ReadonlySet<string> = new Set(['no-password', 'passphrase-wrong'])

/** None of what cannot be read: whether it is used at all is not known yet. */
async function keyIdsIn(sealed: Sealed): Promise<readonly string[]> {
  try {
    return await sealedTo(sealed)
  } catch (error) {
    if (error instanceof Rejected) return []
    throw error
  }
}
