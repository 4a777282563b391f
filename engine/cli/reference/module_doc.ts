import type { Module } from '../../core/module.ts'
import { exampleTask, kindSentence, type ParamFacts, paramFacts, verbsOf } from './module_facts.ts'

/** The reference of a module as plain text for a terminal, what `holdfast doc MODULE` prints. */
export function moduleDoc(module: Module): string {
  const { name, summary, freeForm, examples, notes = [] } = module
  const verbs = verbsOf(module)
  return [
    `${name}: ${summary}`,
    '',
    kindSentence(module),
    ...(freeForm === undefined ? [] : [`A plain string stands for \`${freeForm}\`.`]),
    ...(verbs.length === 0 ? [] : [`Only in a handler: state ${verbs.join(', ')}.`]),
    ...paramFacts(module).flatMap(paramLines),
    ...(examples.length === 0 ? [] : ['', 'examples:']),
    ...examples.flatMap((example) => ['', ...indented(exampleTask(module, example).trimEnd())]),
    ...(notes.length === 0 ? [] : ['', 'notes:', ...notes.flatMap((note) => wrapped(note, '  ', '- '))]),
  ].join('\n')
}

/** One line for each module: its name and what it does. */
export function moduleList(modules: readonly Module[]): string {
  const width = Math.max(...modules.map(({ name }) => name.length)) + 2
  return modules.map(({ name, summary }) => `${name.padEnd(width)}${summary}`).join('\n')
}

const LINE_COLUMNS = 100

function paramLines({ name, aliases, required, type, byDefault, description }: ParamFacts): readonly string[] {
  const facts = [type, ...(required ? ['required'] : []), ...(byDefault === undefined ? [] : [`default ${byDefault}`])]
  return ['', `  ${[name, ...aliases].join(', ')}  (${facts.join('; ')})`, ...wrapped(description, '      ')]
}

function indented(text: string): readonly string[] {
  return text.split('\n').map((line) => `  ${line}`)
}

function wrapped(text: string, indent: string, mark = ''): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && indent.length + mark.length + last.length + word.length < LINE_COLUMNS)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line, i) => `${indent}${i === 0 ? mark : ' '.repeat(mark.length)}${line}`)
}
