import { type Script, lines, sh } from '../core/script.ts'
import { type Scope, fullUnitName, systemctl } from './systemctl.ts'

interface Unit {
  readonly scope: Scope
  readonly name: string
}

/**
 * Starts, stops, restarts or reloads a unit and waits until systemd has done so. Where it fails, or where a service ends as soon as it has
 * been started, the last lines of its journal follow.
 */
export function runUnit(verb: 'start' | 'stop' | 'restart' | 'reload-or-restart', unit: Unit): Script {
  const { scope, name } = unit
  const starts = verb === 'start' || verb === 'restart'
  return lines([
    sh`journal() { echo 'last lines of its journal:' >&2; journalctl ${scope === 'user' ? ['--user'] : []} -u ${name} -n 15 --no-pager -o cat >&2 2>/dev/null; exit $1; }`,
    sh`${systemctl(scope)} ${verb} -- ${name} || journal $?`,
    ...(starts && fullUnitName(name).endsWith('.service') ? [settled(unit)] : []),
  ])
}

/**
 * Of these types systemd calls a service started before its program has shown that it can run. One that is started again at once looks
 * well at every moment, so how often that happened is counted.
 */
function settled({ scope, name }: Unit): Script {
  const value = (property: string): Script => sh`$(${systemctl(scope)} show -p ${property} --value -- ${name})`
  return lines([
    sh`case ${value('Type')} in simple | exec | idle | forking)`,
    sh`n=${value('NRestarts')}; sleep ${SETTLING_SECONDS}`,
    sh`s="${value('ActiveState')} (${value('SubState')})"`,
    sh`case $s in *auto-restart*) false;; active* | activating* | reloading* | refreshing*) [ "${value('NRestarts')}" = "$n" ];; *) false;; esac || {`,
    sh`echo "it ended within ${SETTLING_SECONDS} s of being started and is now $s" >&2; journal 1; };;`,
    sh`esac`,
  ])
}

const SETTLING_SECONDS = 1
