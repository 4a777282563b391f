import { type Script, sh } from '../core/script.ts'
import { TransportError } from '../transport/host.ts'

/** A shell that may still be at work on its host though its connection is gone: its process, told apart from all later ones. */
export interface LeftOver {
  readonly pid: string
  readonly group: string
  /** When the process began, in the boot of the host it belongs to. */
  readonly began: string
  readonly boot: string
  /** Given up because it did not answer: it is ended instead of waited for. */
  readonly unwanted: boolean
}

/** Prints which process the shell is, for `leftOverOf` and `shellOf`. */
export const introduction: Script = sh`b=$(cat /proc/sys/kernel/random/boot_id); read -r s </proc/$$/stat; echo "hf.shell=$$ $b $s"`

/** The shell that said so when it began. */
export function leftOverOf(opened: string, { unwanted }: { readonly unwanted: boolean }): LeftOver | undefined {
  const [, pid, boot, stat = ''] = /^hf\.shell=(\d+) (\S+) \d+ \(.*\) (.*)$/m.exec(opened) ?? []
  const fields = stat.split(' ')
  const [group, began] = [fields[2], fields[19]]
  return pid && boot && group && began ? { pid, boot, group, began, unwanted } : undefined
}

/** The process that the shell said it is. */
export function shellOf(opened: string): string | undefined {
  return /^hf\.shell=(\d+) /m.exec(opened)?.[1]
}

/**
 * Waits until the left-over shell has come to its end, or ends it if it is unwanted and may be: two shells at once must never
 * change a host. Prints so if it is still there in the end.
 */
export function outlast({ pid, group, began, boot, unwanted }: LeftOver, { ends, withinMs }: { ends: boolean; withinMs: number }): Script {
  if (unwanted && !ends) return sh``
  const tries = Math.max(1, Math.ceil(withinMs / 100))
  return sh`b=$(cat /proc/sys/kernel/random/boot_id)
alive() { read -r s 2>/dev/null </proc/${pid}/stat || return 1; set -- \${s##*) }; [ "$1" != Z ] && [ "\${20}" = ${began} ]; }
if [ "$b" = ${boot} ] && alive; then
  ${unwanted ? sh`kill -KILL -- -${group}` : sh`:`}; n=0
  while alive && [ $n -lt ${tries} ]; do n=$((n + 1)); sleep 0.1; done
  ! alive || { echo hf.busy=${pid}; exit; }
fi`
}

/** Why the host must not be touched now, if a left-over shell would not end. */
export function busyProblem(opened: string): TransportError | undefined {
  const pid = /^hf\.busy=(\d+)$/m.exec(opened)?.[1]
  if (pid === undefined) return undefined
  return new TransportError('start', `what was begun before the connection was lost is still running on the host, as process ${pid}`, {
    help: 'wait for it or end it on the host, then run again',
  })
}
