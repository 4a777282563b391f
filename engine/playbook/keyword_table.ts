/** What a keyword can stand on. A handler is a task with `listen`. */
export type Owner = 'play' | 'block' | 'task' | 'handler' | 'role'

/** How the value of a keyword must look, before templates in it are rendered. */
export type Form =
  | 'text'
  | 'name'
  | 'yes-or-no'
  | 'yes-or-template'
  | 'number'
  | 'percentage'
  | 'conditions'
  | 'names'
  | 'texts'
  | 'map'
  | 'maps'
  | 'list'
  | 'any'

export interface Keyword {
  readonly name: string
  readonly on: readonly Owner[]
  readonly form: Form
  readonly summary: string
  /** Known from Ansible and not supported: what to do instead. */
  readonly instead?: string
}

const EVERYWHERE: readonly Owner[] = ['play', 'block', 'task', 'handler', 'role']
const STEPS: readonly Owner[] = ['block', 'task', 'handler', 'role']
const TASKS: readonly Owner[] = ['task', 'handler']

/** Every keyword, with where it may stand and how; documentation and schemas are made from this. */
// biome-ignore format: a table, one keyword a line
export const KEYWORDS: readonly Keyword[] = [
  keyword('name', EVERYWHERE, 'text', 'What people read; may be a template.'),
  keyword('vars', EVERYWHERE, 'map', 'Variables for everything inside.'),
  keyword('tags', EVERYWHERE, 'names', 'Labels for `--tags` and `--skip-tags`; they add up on the way in.'),
  keyword('when', STEPS, 'conditions', 'Conditions in CEL, all of which must hold.'),
  keyword('become', EVERYWHERE, 'yes-or-template', 'Whether to act as another user.'),
  keyword('become_user', EVERYWHERE, 'text', 'Which user; root if left out.'),
  keyword('become_method', EVERYWHERE, 'text', '`sudo`, `su` or `doas`.'),
  keyword('remote_user', EVERYWHERE, 'text', 'Who to log in as.'),
  keyword('port', EVERYWHERE, 'number', 'The port of sshd.'),
  keyword('connection', EVERYWHERE, 'text', 'How to reach the host: `ssh`, `openssh` or `local`.'),
  keyword('environment', EVERYWHERE, 'maps', 'Environment variables of commands.'),
  keyword('no_log', EVERYWHERE, 'yes-or-no', 'Never show params and results.'),
  keyword('ignore_errors', EVERYWHERE, 'yes-or-template', 'Go on after a failure.'),
  keyword('ignore_unreachable', EVERYWHERE, 'yes-or-no', 'Go on when the host cannot be reached.'),
  keyword('check_mode', EVERYWHERE, 'yes-or-no', 'Only look (yes), or act even in a run with `--check` (no).'),
  keyword('diff', EVERYWHERE, 'yes-or-no', 'Whether to show differences of text.'),
  keyword('any_errors_fatal', EVERYWHERE, 'yes-or-no', 'A failure on one host ends the run on all.'),
  keyword('run_once', ['play', 'block', 'task', 'role'], 'yes-or-no', 'On the first host of the batch only; its result counts for all.'),
  keyword('throttle', STEPS, 'number', 'At most so many hosts at the same time; 0 sets no limit.'),
  keyword('timeout', STEPS, 'number', 'Seconds before a task counts as failed; 0 sets no limit.'),
  keyword('delegate_to', STEPS, 'text', 'The host to act on in place of this one.'),
  keyword('delegate_facts', STEPS, 'yes-or-no', 'Facts belong to the host that was acted on.'),
  keyword('notify', ['block', 'task', 'handler'], 'texts', 'Handlers to run if something changed.'),

  keyword('hosts', ['play'], 'any', 'The hosts of the play: a pattern or a list of them.'),
  keyword('order', ['play'], 'name', '`inventory`, `reverse_inventory`, `sorted` or `reverse_sorted`.'),
  keyword('serial', ['play'], 'any', 'Sizes of the batches: numbers or percentages.'),
  keyword('max_fail_percentage', ['play'], 'percentage', 'Stop when more hosts of a batch than this have failed.'),
  keyword('gather_facts', ['play'], 'yes-or-no', 'Whether to read facts first.'),
  keyword('force_handlers', ['play'], 'yes-or-no', 'Run notified handlers even on hosts that failed.'),
  keyword('strategy', ['play'], 'name', 'Only `linear`.'),
  keyword('vars_files', ['play'], 'any', 'Files with variables.'),
  keyword('pre_tasks', ['play'], 'list', 'Tasks before the roles.'),
  keyword('roles', ['play'], 'list', 'Roles, before the tasks.'),
  keyword('tasks', ['play'], 'list', 'Tasks.'),
  keyword('post_tasks', ['play'], 'list', 'Tasks after all others.'),
  keyword('handlers', ['play'], 'list', 'Tasks that run when they are notified.'),

  keyword('block', ['block'], 'list', 'Tasks that share keywords.'),
  keyword('rescue', ['block'], 'list', 'Tasks to run when one in the block has failed.'),
  keyword('always', ['block'], 'list', 'Tasks to run in the end, whatever happened.'),

  keyword('args', TASKS, 'map', 'More params for the module.'),
  keyword('loop', TASKS, 'any', 'A list; the task runs for each item.'),
  keyword('loop_control', TASKS, 'map', '`loop_var`, `index_var`, `label`, `pause`, `extended`.'),
  keyword('with_items', TASKS, 'any', 'Like `loop`; lists in the list are taken apart.'),
  keyword('with_list', TASKS, 'any', 'Like `loop`.'),
  keyword('register', TASKS, 'name', 'The variable that keeps the result.'),
  keyword('until', TASKS, 'conditions', 'Repeat until these hold.'),
  keyword('retries', TASKS, 'number', 'How often to repeat; 3 if left out.'),
  keyword('delay', TASKS, 'number', 'Seconds between repetitions; 5 if left out.'),
  keyword('changed_when', TASKS, 'conditions', 'When the result counts as a change.'),
  keyword('failed_when', TASKS, 'conditions', 'When the result counts as a failure.'),
  keyword('listen', ['handler'], 'names', 'Topics the handler answers to besides its name.'),

  refused('vars_prompt', ['play'], 'pass the values with `-e name=value`, or seal them as secrets'),
  refused('gather_subset', ['play'], 'leave it out; all facts are read in one exchange'),
  refused('gather_timeout', ['play'], 'leave it out'),
  refused('fact_path', ['play'], 'leave it out; local facts are not read'),
  refused('module_defaults', EVERYWHERE, 'write the params at each task, or put them into a role'),
  refused('collections', EVERYWHERE, 'leave it out; modules go by their short names'),
  refused('debugger', EVERYWHERE, 'run with `--start-at-task`, or look with `holdfast exec`'),
  refused('become_flags', EVERYWHERE, 'leave it out; no flags are passed to sudo'),
  refused('become_exe', EVERYWHERE, 'leave it out; `become_method` names the program'),
  refused('async', TASKS, 'leave it out; set `timeout`, or let the module run the work in a systemd unit'),
  refused('poll', TASKS, 'leave it out; set `timeout`'),
  refused('with_dict', TASKS, 'write `loop: "{{ dict2items name }}"`'),
  refused('with_sequence', TASKS, 'write `loop: "{{ range 1 4 }}"`'),
  refused('with_nested', TASKS, 'write `loop: "{{ product a b }}"`'),
  refused('with_together', TASKS, 'put the values that belong together into one list of maps'),
  refused('with_subelements', TASKS, 'write the pairs as one list of maps'),
  refused('with_fileglob', TASKS, 'name the files in a list'),
  refused('with_first_found', TASKS, 'choose the file with a variable'),
  refused('with_flattened', TASKS, 'write `with_items`'),
]

/** The keywords that may stand on an owner, and those refused there. */
export function keywordsOn(owner: Owner): ReadonlyMap<string, Keyword> {
  return BY_OWNER[owner]
}

/** The names of the keywords that may be used on an owner. */
export function supportedOn(owner: Owner): readonly string[] {
  return [...keywordsOn(owner).values()].filter(({ instead }) => instead === undefined).map(({ name }) => name)
}

const BY_OWNER: { readonly [owner in Owner]: ReadonlyMap<string, Keyword> } = {
  play: tableFor('play'),
  block: tableFor('block'),
  task: tableFor('task'),
  handler: tableFor('handler'),
  role: tableFor('role'),
}

function tableFor(owner: Owner): ReadonlyMap<string, Keyword> {
  return new Map(KEYWORDS.filter(({ on }) => on.includes(owner)).map((one) => [one.name, one]))
}

function keyword(name: string, on: readonly Owner[], form: Form, summary: string): Keyword {
  return { name, on, form, summary }
}

function refused(name: string, on: readonly Owner[], instead: string): Keyword {
  return { name, on, form: 'any', summary: 'Not supported.', instead }
}
