import { spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { basename } from 'node:path'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'

/** Refuses a machine that would write memory to a disk: swap that is not encrypted, unless that is accepted, and core dumps. */
export function requireNothingWritten({ swapAccepted }: { readonly swapAccepted: boolean }): void {
  const swaps = exposedSwaps(readFileSync('/proc/swaps', 'utf8'), kindOf)
  const problems = [...(swaps.length > 0 && !swapAccepted ? [onDisk(swaps)] : []), ...dumps()]
  if (problems.length > 0) throw new Rejected(problems)
}

/** Those of the swaps in the words of `/proc/swaps` to which memory leaves readably: neither compressed memory nor an encrypted device. */
export function exposedSwaps(table: string, kind: (device: string) => 'memory' | 'encrypted' | 'other'): readonly string[] {
  const rows = table.trim().split('\n').slice(1)
  const devices = rows.flatMap((row) => row.split(/\s+/)[0] ?? [])
  return devices.filter((device) => kind(device) === 'other')
}

function kindOf(device: string): 'memory' | 'encrypted' | 'other' {
  try {
    const name = basename(realpathSync(device))
    if (/^zram\d+$/.test(name)) return 'memory'
    return readFileSync(`/sys/block/${name}/dm/uuid`, 'utf8').startsWith('CRYPT-') ? 'encrypted' : 'other'
  } catch {
    return 'other'
  }
}

function onDisk(swaps: readonly string[]): Diagnostic {
  return {
    code: 'keys-swap',
    message: `this machine may write its memory to ${swaps.map((swap) => `\`${swap}\``).join(', ')}, and the key stands in memory`,
    help: 'run `swapoff -a` first; `--accept-swap` goes on if you know that what is written there is encrypted',
  }
}

/** Has the kernel write no core of this process or of those it starts. */
function dumps(): readonly Diagnostic[] {
  const result = spawnSync('prlimit', ['--pid', readlinkSync('/proc/self'), '--core=0:0'], { stdio: 'ignore' })
  if (result.status === 0 || /^Max core file size\s+0\s/m.test(readFileSync('/proc/self/limits', 'utf8'))) return []
  const message = 'a crash would write the memory of this process to a disk, and the key stands in it'
  return [{ code: 'keys-swap', message, help: 'run `ulimit -c 0` first' }]
}
