import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import type { Block, Include, Task } from '../../engine/core/plan.ts'
import { complaintsOf, planOf, playOf, tasksIn } from '../support/project.ts'

const test = suite('playbooks')

const names = (tasks: readonly Task[]): readonly string[] => tasks.map(({ name, role }) => (role ? `${role.name} : ${name}` : name))

test('compile into sections, with handlers of roles before those of the play', () => {
  const play = playOf({
    'site.yml': `
- name: everything
  hosts: all
  pre_tasks: [{name: pre, timezone: {name: Etc/UTC}}]
  roles: [base]
  tasks: [{name: main, timezone: {name: Etc/UTC}, notify: [restart it, reload]}]
  post_tasks: [{name: post, ansible.builtin.timezone: name=Etc/UTC}]
  handlers: [{name: reload, timezone: {name: Etc/UTC}}]
`,
    'roles/base/tasks/main.yml': '- {name: in the role, timezone: {name: "{{ zone }}"}}\n',
    'roles/base/handlers/main.yml': '- {name: restart it, timezone: {name: Etc/UTC}}\n',
    'roles/base/defaults/main.yml': 'zone: Etc/UTC\n',
  })
  assert.is(play.name, 'everything')
  assert.equal(
    play.sections.map((section) => names(tasksIn(section))),
    [['pre'], ['base : in the role', 'main'], ['post']],
  )
  assert.equal(names(play.handlers), ['base : restart it', 'reload'])
  assert.equal(
    play.vars.map(({ rank, values }) => [rank, plain(values)]),
    [['role defaults', { zone: 'Etc/UTC' }]],
  )
  assert.equal(
    tasksIn(play.sections[2] ?? []).map(({ params }) => plain(params)),
    [{ name: 'Etc/UTC' }],
  )
})

test('number the steps so that their order can be compared', () => {
  const play = playOf({
    'site.yml':
      '- hosts: all\n  roles: [a]\n  tasks:\n    - {timezone: {name: x}}\n    - block: [{timezone: {name: x}}]\n      rescue: [{timezone: {name: x}}]\n    - import_tasks: more.yml\n',
    'more.yml': '- {timezone: {name: x}}\n- {timezone: {name: x}}\n',
    'roles/a/tasks/main.yml': '- {timezone: {name: x}}\n',
  })
  assert.equal(
    tasksIn(play.sections.flat()).map(({ position }) => position.join('.')),
    ['1.0.1.0.0', '1.1.0', '1.1.1.0.0', '1.1.1.1.0', '1.1.2.0', '1.1.2.1'],
  )
})

test('fold the keywords of plays, blocks and imports into their tasks', () => {
  const play = playOf({
    'site.yml': `
- hosts: all
  become: true
  tags: outer
  environment: {A: 1}
  tasks:
    - block:
        - {name: inner, timezone: {name: x}, become_user: ana, when: c, tags: [own], vars: {v: 2}, environment: {B: 2}}
        - {name: other, timezone: {name: x}, become: false}
      when: a
      tags: "mid, more"
      vars: {v: 1}
      no_log: true
    - import_tasks: more.yml
      when: b
      vars: {w: 1}
`,
    'more.yml': '- {name: imported, timezone: {name: x}}\n',
  })
  const [inner, other, imported] = tasksIn(play.sections[1] ?? [])
  assert.equal(inner?.when.map(plain), ['a', 'c'])
  assert.equal(inner?.tags, ['outer', 'mid', 'more', 'own'])
  assert.is(inner?.become?.enabled, true)
  assert.is(inner?.become?.user?.kind === 'scalar' && inner.become.user.raw, 'ana')
  assert.is(inner?.noLog, true)
  assert.equal(inner?.environment.map(plain), [{ A: 1 }, { B: 2 }])
  assert.equal(
    inner?.vars.map((layer) => ['values' in layer && plain(layer.values), layer.rank]),
    [
      [{ v: 1 }, 'block vars'],
      [{ v: 2 }, 'task vars'],
    ],
  )
  assert.is(other?.become?.enabled, false)
  assert.equal(imported?.when.map(plain), ['b'])
  assert.equal(
    imported?.vars.map(({ rank }) => rank),
    ['task vars'],
  )
})

test('give included tasks what surrounds the include, but not its own condition', () => {
  const play = playOf({
    'site.yml': `
- hosts: all
  tasks:
    - block:
        - include_tasks: {file: more.yml, apply: {become: true, tags: applied}}
          when: own
          tags: mine
          vars: {v: 1}
      when: outer
`,
    'more.yml': '- {name: included, timezone: {name: x}}\n',
  })
  const [block] = play.sections[1] as readonly [Block]
  const include = block.tasks[0] as Include
  assert.equal(include.when.map(plain), ['outer', 'own'])
  assert.equal(include.tags, ['mine'])
  assert.equal(include.inherited.when.map(plain), ['outer'])
  assert.equal(include.inherited.tags, ['applied'])
  assert.is(include.inherited.become?.enabled, true)
  assert.equal(
    include.inherited.vars.map(({ rank }) => rank),
    ['include params'],
  )
})

test('rank the variables of a role as Ansible does', () => {
  const play = playOf({
    'site.yml': '- hosts: all\n  roles: [{role: r, vars: {a: 1}, b: 2, tags: t}]\n',
    'roles/r/tasks/main.yml': '- {timezone: {name: x}, vars: {c: 3}}\n',
    'roles/r/defaults/main.yml': 'd: 4\n',
    'roles/r/vars/main.yml': 'e: 5\n',
  })
  const [task] = tasksIn(play.sections[1] ?? [])
  assert.equal(
    task?.vars.map((layer) => [layer.rank, 'values' in layer && Object.keys(plain(layer.values) as object)]),
    [
      ['role defaults', ['d']],
      ['role vars', ['e']],
      ['block vars', ['a']],
      ['role params', ['b']],
      ['magic', false],
      ['task vars', ['c']],
    ],
  )
})

test('tell tasks of a role where they are', () => {
  const [task] = tasksIn(
    playOf({ 'site.yml': '- hosts: all\n  roles: [r]\n', 'roles/r/tasks/main.yml': '- {timezone: {name: x}}\n' }).sections[1] ?? [],
  )
  const magic = task?.vars.find(({ rank }) => rank === 'magic')
  assert.match(magic && 'given' in magic ? String(magic.given['role_path']) : '', /^\/.*\/roles\/r$/)
})

test('run a dependency first, and a role of the same params once', () => {
  const files = {
    'site.yml': '- hosts: all\n  roles: [a, b, a, {role: a, x: 1}, {role: free}, {role: free}]\n',
    'roles/a/tasks/main.yml': '- {name: a, timezone: {name: x}}\n',
    'roles/b/tasks/main.yml': '- {name: b, timezone: {name: x}}\n',
    'roles/b/meta/main.yml': 'dependencies: [a, {role: c}]\n',
    'roles/c/tasks/main.yml': '- {name: c, timezone: {name: x}}\n',
    'roles/free/tasks/main.yml': '- {name: free, timezone: {name: x}}\n',
    'roles/free/meta/main.yml': 'allow_duplicates: true\n',
  }
  assert.equal(
    tasksIn(playOf(files).sections[1] ?? []).map(({ name }) => name),
    ['a', 'c', 'b', 'a', 'free', 'free'],
  )
})

test('keep a repeated role whose first use may not take place', () => {
  const files = {
    'site.yml': '- hosts: all\n  roles: [{role: a, when: x}, a]\n',
    'roles/a/tasks/main.yml': '- {name: a, timezone: {name: x}}\n',
  }
  assert.is(tasksIn(playOf(files).sections[1] ?? []).length, 2)
})

test('import playbooks, their conditions and variables with them', () => {
  const { plays } = planOf({
    'site.yml': '- import_playbook: plays/one.yml\n  when: x\n  tags: t\n  vars: {v: 1}\n- hosts: b\n',
    'plays/one.yml': '- hosts: a\n  vars_files: [more.yml]\n  tasks: [{timezone: {name: x}}]\n',
    'plays/more.yml': 'w: 2\n',
  })
  assert.equal(
    plays.map(({ hosts }) => plain(hosts)),
    ['a', 'b'],
  )
  assert.equal(
    tasksIn(plays[0]?.sections.flat() ?? []).map(({ when, tags }) => [when.map(plain), tags]),
    [[['x'], ['t']]],
  )
  assert.equal(
    plays[0]?.vars.map(({ rank, values }) => [rank, plain(values)]),
    [
      ['play vars', { v: 1 }],
      ['vars_files', { w: 2 }],
    ],
  )
})

test('read every form of a task', () => {
  const play = playOf({
    'site.yml': `
- hosts: all
  tasks:
    - stat: path=/etc/hosts get_checksum=no
    - action: {module: stat, path: /x}
    - local_action: stat path=/y
    - {stat: , args: {path: /z}}
    - {stat: {path: /a}, with_items: [[1], 2], loop_control: {loop_var: i, index_var: n, label: x}}
`,
  })
  const tasks = tasksIn(play.sections[1] ?? [])
  assert.equal(
    tasks.map(({ params }) => plain(params)),
    [{ path: '/etc/hosts', get_checksum: 'no' }, { path: '/x' }, { path: '/y' }, { path: '/z' }, { path: '/a' }],
  )
  assert.is(tasks[2]?.delegateTo?.kind === 'scalar' && tasks[2].delegateTo.raw, 'localhost')
  assert.equal([tasks[4]?.loop?.variable, tasks[4]?.loop?.indexVariable, tasks[4]?.loop?.flatten], ['i', 'n', true])
})

test('say everything that is wrong, all at once, each at its place', () => {
  const site = `
- hosts: all
  strategy: free
  gather_fact: no
  vars_files: [nowhere.yml]
  roles: [bse]
  tasks:
    - tiemzone: {name: x}
    - timezone: {nmae: x}
    - {name: none}
    - timezone: {name: x}
      stat: {path: /x}
    - timezone: {name: x}
      wehn: a
    - timezone: {name: x}
      when: a is defined
    - timezone: {name: "{{ x | default('y') }}"}
      notify: nobody
    - timezone: {name: x}
      become: maybe
      with_dict: a
    - timezone: {name: x}
      loop: items
    - import_tasks: nowhere.yml
    - import_tasks: "{{ os }}.yml"
    - block: [{timezone: {name: x}, register: 1a}]
      loop: [1]
    - include: x.yml
    - text
    - template: {dest: /x}
    - file: {path: /x, mode: 644}
  handlers:
    - {name: twice, timezone: {name: x}}
    - {name: twice, timezone: {name: x}}
- tasks: []
- import_playbook: nowhere.yml
`
  assert.equal(complaintsOf({ 'site.yml': site, 'roles/base/tasks/main.yml': '' }), [
    'site.yml:3:13 there is no strategy `free` (leave it out: hosts go through a task together, so that no two of a quorum are ever further apart than that)',
    'site.yml:4:3 a play has no key `gather_fact` (did you mean `gather_facts`?)',
    'site.yml:5:16 there is no file of variables `nowhere.yml` (put it at one of: nowhere.yml, vars/nowhere.yml)',
    'site.yml:6:11 there is no role `bse` (did you mean `base`? known roles: base; looked in roles)',
    'site.yml:8:7 there is no module or keyword `tiemzone` (did you mean `timezone`?)',
    'site.yml:9:7 `timezone` needs `name`',
    'site.yml:9:18 `timezone` has no parameter `nmae` (did you mean `name`? known parameters: name)',
    'site.yml:10:7 a task needs a module (say what to do: `apt:`, `copy:`, `command:` …)',
    'site.yml:12:7 a task has one module, and this one has `timezone` and `stat` (make two tasks of it)',
    'site.yml:14:7 there is no module or keyword `wehn` (did you mean `when`?)',
    'site.yml:16:15 `a is defined` is not written in CEL (write `defined(a)`)',
    'site.yml:17:25 `{{ x | default(\'y\') }}` is not a Handlebars expression (write `{{ default x "y" }}`)',
    'site.yml:18:15 there is no handler `nobody` (add it under `handlers:` of the play or role)',
    'site.yml:20:15 `become` must be yes or no',
    'site.yml:21:7 `with_dict` is not supported (write `loop: "{{ dict2items name }}"`)',
    'site.yml:23:13 `loop` needs a list (write `"{{ items }}"` if that is the name of a list)',
    'site.yml:24:21 there is no file of tasks `nowhere.yml` (put it at one of: nowhere.yml, tasks/nowhere.yml)',
    'site.yml:25:21 the name after `import_tasks` cannot be a template (write `include_tasks`, which decides during the run)',
    'site.yml:26:47 `1a` cannot be the name of a variable (use letters, digits and `_`)',
    'site.yml:27:7 `loop` cannot stand on a block (put it on the tasks inside)',
    'site.yml:28:7 `include` is not supported (write `import_tasks` if the file is always the same, else `include_tasks`)',
    'site.yml:29:7 a task is a map of a module and keywords (write `- name: …` and the module below it)',
    'site.yml:30:7 `template` needs `src`',
    "site.yml:31:30 `mode` is the decimal number 644, which is the mode 1204 (write it with its zero, in quotes: '0644')",
    'site.yml:34:8 there are two handlers `twice` in one file (rename one of them, or let both `listen` to one topic)',
    'site.yml:35:3 a play needs `hosts` (say which hosts it is for: `hosts: all`)',
    'site.yml:36:20 there is no playbook `nowhere.yml` (put it at nowhere.yml)',
  ])
})

test('a folder without any part of a role is none', () => {
  const files = { 'site.yml': '- hosts: all\n  roles: [data]\n', 'roles/data/chains/one.json': '{}', 'roles/base/tasks/main.yml': '' }
  assert.equal(complaintsOf(files), ['site.yml:2:11 there is no role `data` (known roles: base; looked in roles)'])
})

test('say once of what should be a list that it is none', () => {
  const site = `
- hosts: all
  tasks: x
  handlers: h
  roles: r
- hosts: all
  tasks:
    - block: x
      rescue: y
    - import_tasks: tasks.yml
`
  const help = '(begin each entry with `- `)'
  assert.equal(complaintsOf({ 'site.yml': site, 'tasks.yml': 'x' }), [
    `site.yml:3:10 \`tasks\` must be a list ${help}`,
    `site.yml:4:13 \`handlers\` must be a list ${help}`,
    `site.yml:5:10 \`roles\` must be a list ${help}`,
    `site.yml:8:14 \`block\` must be a list ${help}`,
    `site.yml:9:15 \`rescue\` must be a list ${help}`,
    'tasks.yml:1:1 tasks are a list (begin each task with `- `)',
  ])
})

test('find circles of imports and of roles', () => {
  assert.equal(
    complaintsOf({
      'site.yml': '- hosts: all\n  roles: [a]\n  tasks: [{import_tasks: t.yml}]\n- import_playbook: site.yml\n',
      't.yml': '- import_tasks: u.yml\n',
      'u.yml': '- import_tasks: t.yml\n',
      'roles/a/meta/main.yml': 'dependencies: [b]\n',
      'roles/b/meta/main.yml': 'dependencies: [a]\n',
    }),
    [
      'roles/b/meta/main.yml:1:16 the role `a` leads back to itself: `roles/a` → `roles/b` → `roles/a` (remove one of the dependencies or imports)',
      'site.yml:4:20 the playbook `site.yml` imports itself (remove one of the imports)',
      'u.yml:1:17 `t.yml` imports itself (remove one of the imports)',
    ],
  )
})

test('find what is wrong in files that are only included', () => {
  assert.equal(
    complaintsOf({
      'site.yml':
        '- hosts: all\n  tasks:\n    - include_tasks: t.yml\n    - include_role: {name: r}\n    - timezone: {name: x}\n      notify: of the role\n',
      't.yml': '- tiemzone: {}\n- include_tasks: t.yml\n- {timezone: {name: x}, notify: nobody}\n',
      'roles/r/tasks/main.yml': '- {timezone: {nmae: x}}\n',
      'roles/r/handlers/main.yml': '- {name: of the role, timezone: {name: x}}\n',
    }).map((line) => line.split(' (')[0]),
    [
      'roles/r/tasks/main.yml:1:4 `timezone` needs `name`',
      'roles/r/tasks/main.yml:1:15 `timezone` has no parameter `nmae`',
      't.yml:1:3 there is no module or keyword `tiemzone`',
      't.yml:3:33 there is no handler `nobody`',
    ],
  )
})

test.run()
