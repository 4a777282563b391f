import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Runs the body with a folder that holds these files; a file that begins with `#!` may be run. */
export async function withFolder(
  files: { readonly [path: string]: string },
  body: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-inventory-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
      chmodSync(file, text.startsWith('#!') ? 0o755 : 0o644)
    }
    await body(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
