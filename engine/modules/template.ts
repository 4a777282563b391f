import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { type Given, Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { ATTRIBUTE_PARAMS, attributeProblems, cleanPath, desiredAttributes, pathProblems } from './file_attributes.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { validateProblems } from './shell_words.ts'
import {
  type FileState,
  WHOLE_FILE_PARAMS,
  convergeFile,
  desiredFile,
  fileChanges,
  fileResult,
  lackingFolder,
  newContent,
  readsOfFile,
} from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['src', 'dest'],
  properties: {
    src: { type: 'string', format: 'source', description: 'Template of the role or playbook, rendered for each host.' },
    dest: {
      type: 'string',
      format: 'path',
      description: 'Where the text goes. If it is a directory, the name of `src` without `.hbs` is added.',
    },
    ...ATTRIBUTE_PARAMS,
    ...WHOLE_FILE_PARAMS,
  },
} as const

type TemplateParams = Params<typeof schema>

export const template = defineModule({
  kind: 'state',
  name: 'template',
  summary: 'Render a template for the host and keep the text in a file there.',
  schema,
  examples: [
    {
      title: 'A configuration file',
      params: { src: 'app.toml.hbs', dest: '/etc/gaiad/app.toml', owner: 'gaia', group: 'gaia', mode: '0640' },
    },
    {
      title: 'Let sshd judge it before it counts',
      params: { src: 'sshd_config.hbs', dest: '/etc/ssh/sshd_config', mode: '0600', validate: '/usr/sbin/sshd -t -f %s', backup: true },
    },
  ],
  notes: [
    'Templates are Handlebars, in strict mode: a name that is not defined is an error at its line.',
    'Text made with a secret is a secret: it is never shown, and without a `mode` the file gets 0600.',
    'The new file is complete, checked and on disk before it takes its place, and keeps the ACL and extended attributes of the old one.',
    'A path that leads through a symbolic link made by someone other than root or the user the task runs as is refused.',
  ],
  problems: (params) => [...pathProblems('dest', params.dest), ...attributeProblems(params), ...validateProblems(params.validate)],
  sources: ({ src }) => ({ src: { kind: 'template', path: src } }),
  reads: (params) => readsOfFile(cleanPath(params.dest), params),
  touches: ({ dest, backup }) => [`path:${cleanPath(dest)}`, ...(backup ? [`path:${posix.dirname(cleanPath(dest))}`] : [])],

  probe: (params, given) => probePath(destination(params), optionsOf(params, given)),
  parse: ({ stdout }, params, given): FileState => readPath(stdout, destination(params), optionsOf(params, given)),
  desired: (params, current, given) =>
    !params.force && current.kind !== 'absent' ? desiredAttributes(params, current) : desiredFile(params, current, textOf(given)),
  lacks: lackingFolder,
  converge: (current, desired, params, given) => [convergeFile({ current, desired }, textOf(given), params)],
  describe: (current, desired, _params, given) => fileChanges(current, desired, newContent(textOf(given))),
  result: (state, params, before) => ({ ...fileResult(state, before, params), src: params.src }),
})

function textOf({ sources }: Given): Content {
  const text = sources['src']
  if (text === undefined) throw new Refusal('`src` was not rendered')
  return text
}

function destination({ dest, src }: TemplateParams): string {
  return dest.endsWith('/') ? posix.join(cleanPath(dest), nameOf(src)) : cleanPath(dest)
}

function nameOf(src: string): string {
  return posix.basename(src).replace(/\.hbs$/, '')
}

function optionsOf({ src, dest, owner, group, follow }: TemplateParams, given: Given): PathOptions {
  const inside = dest.endsWith('/') ? {} : { inside: nameOf(src) }
  return { follow, ...inside, folder: true, owner, group, content: { wanted: textOf(given), diff: given.diff } }
}
