import { type Script, lines, sh } from '../core/script.ts'
import { type Manager, fullUnitName, systemctl } from './systemctl.ts'

interface Unit extends Manager {
  readonly name: string
}

/**
 * Starts, stops, restarts or reloads a unit and waits until systemd has done so. Where it fails, or where a service ends as soon as it has
 * been started, the last lines of its journal follow.
 */
export function runUnit(verb: 'start' | 'stop' | 'restart' | 'reload-or-restart', unit: Unit): Script {
  const { name } = unit
  const starts = verb === 'start' || verb === 'restart'
  return lines([
    // What a unit said last may still be on its way to the journal.
    sh`journal() { journalctl --sync >/dev/null 2>&1; echo 'last lines of its journal:' >&2; journalctl ${journalOf(unit)} -n 15 --no-pager -o cat >&2 2>/dev/null; exit $1; }`,
    sh`${systemctl(unit)} ${verb} -- ${name} || journal $?`,
    ...(starts && fullUnitName(name).endsWith('.service') ? [settled(unit)] : []),
  ])
}

/**
 * Of these types systemd calls a service started before its program has shown that it can run. One that is started again at once looks
 * well at every moment, so how often that happened is counted.
 */
function settled(unit: Unit): Script {
  const { scope, name } = unit
  const value = (property: string): Script => sh`$(${systemctl(unit)} show -p ${property} --value -- ${name})`
  // For a container it is not the program that tells systemd that it is ready, but podman.
  const types = scope === 'user' ? sh`simple | exec | idle | forking | notify` : sh`simple | exec | idle | forking`
  return lines([
    sh`case ${value('Type')} in ${types})`,
    sh`n=${value('NRestarts')}; sleep ${SETTLING_SECONDS}`,
    sh`s="${value('ActiveState')} (${value('SubState')})"`,
    sh`case $s in *auto-restart*) false;; active* | activating* | reloading* | refreshing*) [ "${value('NRestarts')}" = "$n" ];; *) false;; esac || {`,
    sh`echo "it ended within ${SETTLING_SECONDS} s of being started and is now $s" >&2; journal 1; };;`,
    sh`esac`,
  ])
}

const SETTLING_SECONDS = 1

function journalOf({ name, scope, user }: Unit): Script {
  if (scope === 'system') return sh`-u ${name}`
  if (user === undefined) return sh`--user -u ${name}`
  // For root, `--user-unit` would mean units of root.
  const [unit, uid] = [fullUnitName(name), sh`_UID="$(id -u -- ${user})"`]
  return sh`${uid} ${`_SYSTEMD_USER_UNIT=${unit}`} + ${uid} ${`USER_UNIT=${unit}`}`
}
