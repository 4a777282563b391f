import type { MapNode, Node } from '../core/node.ts'
import type { Become, Connecting, Inherited, Layer, Rank, Settings } from '../core/plan.ts'
import { namesAt, nodesAt, valueAt, yes } from './keywords.ts'

/** What the first step of a play inherits, before the play has said anything. */
export function nothingInherited(folder: string): Inherited {
  return {
    when: [],
    tags: [],
    vars: [],
    notify: [],
    folder,
    ignoreUnreachable: false,
    noLog: false,
    connection: {},
    delegateFacts: false,
    runOnce: false,
    anyErrorsFatal: false,
    environment: [],
  }
}

/** What is inherited further in: conditions, tags, variables and environments add up; of everything else the innermost counts. */
export function inherit(outer: Inherited, map: MapNode, rank: Rank): Inherited {
  return {
    ...outer,
    ...settingsOf(outer, map),
    when: [...outer.when, ...nodesAt(map, 'when')],
    tags: [...new Set([...outer.tags, ...namesAt(map, 'tags')])],
    vars: [...outer.vars, ...layerOf(map, rank)],
    notify: [...outer.notify, ...nodesAt(map, 'notify')],
  }
}

/** The `vars` of a map as a layer, if it has any. */
export function layerOf(map: MapNode, rank: Rank): readonly Layer[] {
  const values = valueAt(map, 'vars')
  return values?.kind === 'map' ? [{ rank, values }] : []
}

/** The settings alone, as a task carries them. */
export function settings({
  when: _when,
  tags: _tags,
  vars: _vars,
  notify: _notify,
  folder: _folder,
  role: _role,
  ...rest
}: Inherited): Settings {
  return rest
}

function settingsOf(outer: Settings, map: MapNode): Settings {
  const become = becomeOf(outer.become, map)
  const check = yes(map, 'check_mode') ?? outer.checkMode
  const diff = yes(map, 'diff') ?? outer.diff
  return {
    ...nodeSettings(outer, map),
    ignoreUnreachable: yes(map, 'ignore_unreachable') ?? outer.ignoreUnreachable,
    noLog: yes(map, 'no_log') ?? outer.noLog,
    connection: connectingOf(outer.connection, map),
    delegateFacts: yes(map, 'delegate_facts') ?? outer.delegateFacts,
    runOnce: yes(map, 'run_once') ?? outer.runOnce,
    anyErrorsFatal: yes(map, 'any_errors_fatal') ?? outer.anyErrorsFatal,
    environment: [...outer.environment, ...nodesAt(map, 'environment')],
    ...(become && { become }),
    ...(check !== undefined && { checkMode: check }),
    ...(diff !== undefined && { diff }),
  }
}

function nodeSettings(outer: Settings, map: MapNode): Partial<Settings> {
  const pick = (key: string, before: Node | undefined): Node | undefined => valueAt(map, key) ?? before
  const [ignoreErrors, delegateTo] = [pick('ignore_errors', outer.ignoreErrors), pick('delegate_to', outer.delegateTo)]
  const [timeout, throttle] = [pick('timeout', outer.timeout), pick('throttle', outer.throttle)]
  return {
    ...(ignoreErrors && { ignoreErrors }),
    ...(delegateTo && { delegateTo }),
    ...(timeout && { timeout }),
    ...(throttle && { throttle }),
  }
}

function becomeOf(outer: Become | undefined, map: MapNode): Become | undefined {
  const [user, method, asked] = [valueAt(map, 'become_user'), valueAt(map, 'become_method'), valueAt(map, 'become')]
  if (!user && !method && !asked) return outer
  return { ...outer, enabled: yes(map, 'become') ?? asked ?? outer?.enabled ?? false, ...(user && { user }), ...(method && { method }) }
}

function connectingOf(outer: Connecting, map: MapNode): Connecting {
  const [remoteUser, port, connection] = [valueAt(map, 'remote_user'), valueAt(map, 'port'), valueAt(map, 'connection')]
  return { ...outer, ...(remoteUser && { remoteUser }), ...(port && { port }), ...(connection && { connection }) }
}
