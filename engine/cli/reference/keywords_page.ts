import type { Form, Keyword, Owner } from '../../playbook/keyword_table.ts'
import { generatedFrom, table } from './markdown.ts'

/** The reference page of the keywords of plays, blocks, tasks, handlers and roles, and of those Ansible has and we have not. */
export function keywordsPage(keywords: readonly Keyword[]): string {
  const sorted = [...keywords].sort((a, b) => (a.name < b.name ? -1 : 1))
  const supported = sorted.filter(({ instead }) => instead === undefined)
  const refused = sorted.filter(({ instead }) => instead !== undefined)
  return [
    generatedFrom('engine/playbook/keyword_table.ts'),
    '# Keywords',
    'What may stand on a play, block, task, handler or use of a role besides a module. The meaning is Ansible’s; docs/coming-from-ansible.md says where it is not.',
    table(
      ['keyword', 'on', 'takes', 'meaning'],
      supported.map(({ name, on, form, summary }) => [`\`${name}\``, owners(on), FORMS[form], summary]),
    ),
    '## Not supported',
    'Each of these is an error that says what to do instead.',
    table(
      ['keyword', 'instead'],
      refused.map(({ name, instead = '' }) => [`\`${name}\``, instead]),
    ),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

const FORMS: { readonly [form in Form]: string } = {
  text: 'text',
  name: 'a fixed name',
  'yes-or-no': 'yes or no',
  'yes-or-template': 'yes, no or a template',
  number: 'a number or a template',
  percentage: 'percentage',
  conditions: 'a condition, or a list of which all must hold',
  names: 'a name, or a list',
  texts: 'text, or a list',
  map: 'a map',
  maps: 'a map, or a list of maps',
  list: 'a list',
  any: 'see the meaning',
}

function owners(on: readonly Owner[]): string {
  return on.length === 5 ? 'all' : on.join(', ')
}
