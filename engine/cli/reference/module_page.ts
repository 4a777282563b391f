import type { Module } from '../../core/module.ts'
import { generatedFrom, table } from './markdown.ts'
import { exampleTask, kindSentence, type ParamFacts, paramFacts, verbsOf } from './module_facts.ts'

/** The reference page of a module, in Markdown. */
export function modulePage(module: Module): string {
  return [
    generatedFrom(`the declaration of \`${module.name}\` in engine/modules/`),
    `# ${module.name}`,
    `${module.summary} ${kindSentence(module)}`,
    ...paramsSection(module),
    ...verbsSection(module),
    ...module.examples.map((example) => `\`\`\`yaml\n${exampleTask(module, example)}\`\`\``),
    ...(module.notes && module.notes.length > 0 ? [['## Notes', '', ...module.notes.map((note) => `- ${note}`)].join('\n')] : []),
    `The schema for editors is [\`schemas/modules/${module.name}.schema.json\`](../../schemas/modules/${module.name}.schema.json).`,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

/** The list of all modules, by name. */
export function modulesIndex(modules: readonly Module[]): string {
  const rows = [...modules].sort(byName).map(({ name, summary }) => [`[${name}](${name}.md)`, summary])
  return [
    generatedFrom('the declarations in engine/modules/'),
    '# Modules',
    'Names and params are those of Ansible’s builtin modules wherever the meaning is the same; `ansible.builtin.copy` is read as `copy`.',
    table(['module', 'what it does'], rows),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

function paramsSection(module: Module): readonly string[] {
  const facts = paramFacts(module)
  const text = module.freeForm === undefined ? [] : [`A plain string stands for \`${module.freeForm}\`.`]
  const free = module.schema.additionalProperties === false ? [] : ['Any other key is taken as it is.']
  if (facts.length === 0) return ['It takes no params.']
  return ['## Params', table(['param', 'type', 'default', 'meaning'], facts.map(paramRow)), [...text, ...free].join(' ')].filter(Boolean)
}

function paramRow({ name, aliases, required, type, byDefault, description }: ParamFacts): readonly string[] {
  const others = aliases.length === 0 ? '' : ` (or ${aliases.map((alias) => `\`${alias}\``).join(', ')})`
  const shownDefault = byDefault === undefined ? '' : `\`${byDefault}\``
  return [`\`${name}\`${others}`, type, required ? '**required**' : shownDefault, description]
}

function verbsSection(module: Module): readonly string[] {
  const verbs = verbsOf(module)
  if (verbs.length === 0) return []
  return [
    `In a handler, and only there, \`state\` may also be ${verbs.map((verb) => `\`${verb}\``).join(' or ')}: something to do, not a state to keep.`,
  ]
}

function byName(a: Module, b: Module): number {
  return a.name < b.name ? -1 : 1
}
