import { Content } from '../core/content.ts'
import { type Script, sh } from '../core/script.ts'
import { writeFile } from './atomic_write.ts'
import type { FileModuleState, FileParams } from './file_params.ts'
import { attributesOf, setAttributes } from './file_attributes.ts'
import type { PathReading } from './path_probe.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'

/** Within this time a path counts as just touched, by the clock of its host. */
const JUST_NOW_SECONDS = 10

/** Prints the time of the last access, and the host's clock. Follows `probePath`. */
export function probeTouch(): Script {
  return sh`[ "$s" = absent ] || printf 'times %s %s\\n' "$(stat -Lc %X -- "$p")" "$(date +%s)"`
}

export function readTouch(stdout: string, { mtime }: PathReading, { state }: FileParams): Partial<FileModuleState> {
  if (state !== 'touch') return {}
  const [, accessed = '0', now = '0'] = /^times (\d+) (\d+)$/m.exec(stdout) ?? []
  const whenOf = (seconds: number) => (Math.abs(Number(now) - seconds) <= JUST_NOW_SECONDS ? 'now' : 'earlier')
  return { modified: whenOf(Math.floor(Number(mtime))), accessed: whenOf(Number(accessed)) }
}

export function desiredTouch({ modification_time, access_time }: FileParams, { kind }: FileModuleState): Partial<FileModuleState> {
  return {
    ...(kind === 'absent' && { kind: 'file' }),
    ...(modification_time !== 'preserve' && { modified: 'now' }),
    ...(access_time !== 'preserve' && { accessed: 'now' }),
  }
}

export function convergeTouch(current: FileModuleState, desired: Partial<FileModuleState>): Script {
  if (current.kind === 'absent') return writeFile({ current, desired, content: Content.of('') })
  const name = relativeName(current.path)
  return inDirectoryOf(current.path, [
    ...(desired.modified === undefined ? [] : [sh`touch -m -- ${name} || exit 1`]),
    ...(desired.accessed === undefined ? [] : [sh`touch -a -- ${name} || exit 1`]),
    ...setAttributes(name, attributesOf(current), desired),
  ])
}
