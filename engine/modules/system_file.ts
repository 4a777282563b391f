import { Content } from '../core/content.ts'
import type { Script } from '../core/script.ts'
import { writeFile } from './atomic_write.ts'

/** Writes a file of the system in one step: owned by whoever runs it (root), whatever stood there before. */
export function writeSystemFile(path: string, text: string, mode = '0644'): Script {
  const current = { kind: 'absent', path, mtime: '', mode: '', owner: '', group: '' } as const
  return writeFile({ current, desired: { mode }, content: Content.of(text) })
}
