import { type Script, lines, sh } from '../core/script.ts'

/**
 * Runs a user's command so that nothing it leaves behind can write into what the shell prints later. Both streams pass
 * through a `cat` of their own, byte for byte, and the exit status is the command's; nothing touches the disk. When the
 * command has ended, processes it left in the background get a second, then the streams are closed to them, as Ansible does.
 */
export function isolated(command: Script): Script {
  return lines([
    // Descriptors: 3 tells the watcher, 4 carries stdout past the pipe of stderr, 5 and 6 are the real streams.
    sh`{ { {`,
    sh`{ (\n${command}\n) 3>&- 4>&- 5>&- 6>&-; rc=$?; exec >&- 2>&-; echo "rc $rc" >&3; } 2>&1 >&4 |`,
    sh`{ read -r pid rest </proc/self/stat; echo "$pid" >&3; exec cat >&6 3>&- 4>&- 5>&- 6>&-; }`,
    sh`} 4>&1 | { read -r pid rest </proc/self/stat; echo "$pid" >&3; exec cat >&5 3>&- 4>&- 5>&- 6>&-; }`,
    // The shell would announce the end of a cat here.
    sh`} 3>&1 2>/dev/null | {`,
    WATCHER,
    sh`} >/dev/null 2>&1 5>&- 6>&-; } 5>&1 6>&2`,
  ])
}

// A cat that is passing output on may take as long as the network does; only one that waits for a writer is ended. The
// kernel tells by the name of the function the process sleeps in; where it does not, the writer is waited for.
const WATCHER = sh`rc= one= two= looks=0
while [ -z "$rc" ] || [ -z "$two" ]; do
read -r word number || break
case $word in rc) rc=$number;; *) if [ -z "$one" ]; then one=$word; else two=$word; fi;; esac
done
for pid in $one $two; do
while kill -0 $pid; do
looks=$((looks + 1))
if [ $looks -le 5 ]; then sleep 0.01; else sleep 0.1; fi
[ $looks -le 15 ] || { place=; read -r place </proc/$pid/wchan; case $place in *pipe*read*) kill $pid;; esac; }
done
done
exit "\${rc:-1}"`
