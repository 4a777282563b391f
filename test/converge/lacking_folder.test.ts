import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type LocalRun, withLocalRun } from '../support/local_run.ts'

const test = suite('a file in a folder that is not there')

const COPY = "- name: put\n  copy: { content: x, dest: '{{ here }}/new/file' }"
const TEMPLATE = "- name: put\n  template: { src: t.hbs, dest: '{{ here }}/new/file' }"

const GET_URL = `- name: put
  get_url: { url: 'http://127.0.0.1:1/x', dest: '{{ here }}/new/file', checksum: 'sha256:${'0'.repeat(64)}' }`

const both = async (tasks: string, body: (run: LocalRun) => void, hosts = ['h1']): Promise<void> => {
  const site = `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`
  for (const check of [true, false])
    await withLocalRun({ 'site.yml': site, 'templates/t.hbs': 'x', 'files/t.hbs': 'x' }, { hosts, check }, body)
}

for (const [module, task] of Object.entries({ copy: COPY, template: TEMPLATE, get_url: GET_URL })) {
  test(`fails in check mode as in earnest (${module})`, () =>
    both(task, ({ result }) => {
      assert.is(result('h1', 'put').status, 'failed')
      assert.match(result('h1', 'put').message ?? '', /^there is no folder `.*\/hosts\/h1\/new`$/)
      assert.match(result('h1', 'put').help ?? '', /state: directory/)
    }))
}

for (const [module, task] of Object.entries({ copy: COPY, template: TEMPLATE })) {
  test(`is made where an earlier task makes the folder, or one above it with all that is below (${module})`, async () => {
    await both(`- file: { path: '{{ here }}/new', state: directory }\n${task}`, ({ result }) =>
      assert.is(result('h1', 'put').status, 'changed'),
    )
    await both(`- command: mkdir '{{ here }}/new'\n${task}`, ({ result }) => assert.is(result('h1', 'put').status, 'changed'))
  })
}

/** Each makes the folder `new/deep`, and with it `new`. */
const DEEP = {
  file: "file: { path: '{{ here }}/new/deep', state: directory }",
  copy: "copy: { src: t.hbs, dest: '{{ here }}/new/deep/' }",
  lineinfile: "lineinfile: { path: '{{ here }}/new/deep/x', line: y, create: true }",
  json_file: "json_file: { path: '{{ here }}/new/deep/x', values: { y: 1 }, create: true }",
}

for (const [maker, making] of Object.entries(DEEP))
  for (const [module, task] of Object.entries({ copy: COPY, template: TEMPLATE })) {
    test(`is made where an earlier task makes a folder beside it, and with that its own (${maker}, ${module})`, () =>
      both(`- ${making}\n${task}`, ({ result }) => assert.is(result('h1', 'put').status, 'changed')))
  }

test('is made where a loop makes a folder beside it, and where the way there leads through a link', async () => {
  const loop = "- file: { path: '{{ here }}/new/{{ item }}', state: directory }\n  loop: [a, b]"
  await both(`${loop}\n${TEMPLATE}`, ({ result }) => assert.is(result('h1', 'put').status, 'changed'))
  const link = "- file: { path: '{{ here }}/other', state: link, src: . }\n- file: { path: '{{ here }}/other/new/deep', state: directory }"
  await both(`${link}\n${TEMPLATE}`, ({ result }) => assert.is(result('h1', 'put').status, 'changed'))
})

test('is not known in check mode where what an earlier task changes is something else', () =>
  both(`- copy: { content: x, dest: '{{ here }}/other' }\n${COPY}`, ({ result, summary }) =>
    assert.is(result('h1', 'put').status, summary.failed.length > 0 ? 'failed' : 'unknown'),
  ))

test('is made where its `dest` ends in a slash, by which `copy` makes the folder', () =>
  both("- name: put\n  copy: { src: t.hbs, dest: '{{ here }}/new/' }", ({ result }) => assert.is(result('h1', 'put').status, 'changed')))

test.run()
