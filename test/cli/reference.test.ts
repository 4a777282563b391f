import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { moduleDoc } from '../../engine/cli/reference/module_doc.ts'
import { exampleTask } from '../../engine/cli/reference/module_facts.ts'
import { modulePage } from '../../engine/cli/reference/module_page.ts'
import { moduleSchema } from '../../engine/cli/reference/module_schema.ts'
import { generatedFiles } from '../../engine/cli/reference/files.ts'
import { at, type Node, plain } from '../../engine/core/node.ts'
import { MODULES } from '../../engine/modules/registry.ts'
import { validateNode } from '../../engine/source/validate.ts'
import { parseYaml } from '../../engine/source/yaml.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const test = suite('reference')

test('every generated file is what the code says today', async () => {
  const stale: string[] = []
  for (const [file, text] of generatedFiles()) {
    const found = await readFile(join(root, file), 'utf8').catch(() => undefined)
    if (found !== text) stale.push(`${file} is not fresh; run \`npm run docs\``)
  }
  assert.equal(stale, [])
})

test('every example of a module, as its page shows it, is valid for its schema', () => {
  for (const module of MODULES) {
    assert.ok(module.examples.length > 0, `${module.name} has an example`)
    for (const example of module.examples) {
      const problems = validateNode(paramsIn(exampleTask(module, example), module.name), moduleSchema(module), { what: module.name })
      assert.equal(
        problems.map(({ message }) => message),
        [],
        `${module.name}: ${example.title}`,
      )
    }
  }
})

test('every param and note is described for readers', () => {
  for (const module of MODULES) {
    assert.match(module.summary, /^[A-Z].*\.$/, `the summary of ${module.name} is a sentence`)
    for (const note of module.notes ?? []) assert.match(note, /[.:)]$/, `a note of ${module.name} is a sentence`)
    for (const [name, { description }] of Object.entries(module.schema.properties)) {
      assert.ok(description, `${module.name}.${name} has a description`)
    }
  }
})

test('the page and the terminal name every param', () => {
  for (const module of MODULES) {
    for (const name of Object.keys(module.schema.properties)) {
      assert.ok(modulePage(module).includes(`\`${name}\``), `${module.name}.${name} on its page`)
      assert.ok(moduleDoc(module).includes(name), `${module.name}.${name} in the terminal`)
    }
  }
})

test('an editor takes a template, an alias and a verb, and refuses a misspelt param', () => {
  const service = MODULES.find(({ name }) => name === 'systemd_service')
  assert.ok(service)
  const takes = (text: string) => validateNode(parseYaml(text, 'x.yml'), moduleSchema(service), { what: 'x' }).length === 0
  assert.is(takes('{ name: gaiad, enabled: "{{ wanted }}" }'), true)
  assert.is(takes('{ unit: gaiad, state: restarted }'), true)
  assert.is(takes('{ state: started }'), false)
  assert.is(takes('{ name: gaiad, enabld: true }'), false)
  assert.is(takes('{ name: gaiad, state: running }'), false)
})

test('an editor takes a playbook as operators write it, and refuses what the engine refuses', () => {
  const good = `
- import_playbook: base.yml
- hosts: sentry:&eu
  become: true
  gather_facts: no
  serial: [1, 25%]
  roles: [hardening, { role: firewall, when: 'true' }]
  tasks:
    - name: files
      when: [a == 1, defined(b)]
      block:
        - ansible.builtin.copy: { src: a, dest: /etc/a, mode: '0644' }
          notify: restart
          loop: '{{ items }}'
      rescue:
        - command: echo '{{ x }}'
          register: said
          changed_when: false
    - include_tasks: more.yml
  handlers:
    - name: restart
      systemd_service: { name: gaiad, state: restarted }
`
  const refused = [
    '- tasks: []',
    '- { hosts: all, task: [] }',
    '- { hosts: all, tasks: [{ name: nothing }] }',
    '- { hosts: all, tasks: [{ copy: { dst: /x } }] }',
    '- { hosts: all, tasks: [{ copi: { dest: /x } }] }',
    '- { hosts: all, tasks: [{ block: [], loop: [1] }] }',
    '- { hosts: all, async: 3, tasks: [] }',
  ]
  const takes = documentCheck('playbook.schema.json')
  assert.is(takes(good), true)
  assert.equal(refused.filter(takes), [])
})

test('an editor takes an inventory with groups in groups, and refuses a misspelt key', () => {
  const takes = documentCheck('inventory.schema.json')
  assert.is(takes('all: { hosts: { a: , "b[1:3]": { x: 1 } }, children: { eu: { vars: { y: 2 }, children: { de: } } } }'), true)
  assert.is(takes('all: { host: { a: } }'), false)
  assert.is(takes('all: { hosts: [a] }'), false)
})

test.run()

/** Whether a document is valid for a generated schema, the schemas it refers to included. */
function documentCheck(file: string): (text: string) => boolean {
  const ajv = new Ajv2020({ strict: false })
  for (const [path, text] of generatedFiles()) if (path.startsWith('schemas/')) ajv.addSchema(JSON.parse(text), `file:///${path}`)
  const check = ajv.getSchema(`file:///schemas/${file}`)
  if (check === undefined) throw new Error(`there is no ${file}`)
  return (text) => check(plain(parseYaml(text, 'x.yml'))) === true
}

function paramsIn(task: string, module: string): Node {
  const document = parseYaml(task, 'example.yml')
  const [first] = document.kind === 'list' ? document.items : []
  const params = at(first, module)
  if (params === undefined) throw new Error(`the example does not call ${module}`)
  return params
}
