import { type Script, sh } from '../core/script.ts'

/**
 * Runs text in a shell of its own. The text reaches it through a pipe, so it can be seen in no list of processes, and its
 * standard input stays free for what the text itself wants to read.
 */
export function shellText(text: string, executable = '/bin/sh'): Script {
  return sh`{ printf '%s\\n' ${text} | { exec 8<&0 0<&7 7<&-; exec ${executable} /dev/fd/8; }; } 7<&0`
}
