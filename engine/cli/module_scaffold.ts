/** A file to be written, by its path in the repository. */
export interface ScaffoldFile {
  readonly path: string
  readonly text: string
}

/** The files of a new module that already works, ready to be edited: itself, its first case and its line in the registry. */
export function scaffoldModule(name: string, registry: string): readonly ScaffoldFile[] {
  return [
    { path: `engine/modules/${name}.ts`, text: moduleText(name) },
    { path: `test/modules/${name}/makes_what_is_absent.yaml`, text: CASE },
    { path: 'engine/modules/registry.ts', text: registered(name, registry) },
  ]
}

/** What is wrong with a name for a new module. */
export function nameProblem(name: string, registry: string): string | undefined {
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) return `\`${name}\` is no module name: use small letters, digits and single \`_\``
  return registry.includes(`'./${name}.ts'`) ? `there is a module \`${name}\` already` : undefined
}

/** The name of the constant that holds the module. */
export function constantFor(name: string): string {
  const camel = name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return RESERVED.includes(camel) ? `${camel}Module` : camel
}

const RESERVED = ['package', 'import', 'export', 'default', 'delete', 'switch', 'interface', 'static', 'public', 'private']

function registered(name: string, registry: string): string {
  const lines = registry.split('\n')
  const importLine = `import { ${constantFor(name)} } from './${name}.ts'`
  const withImport = insert(lines, { line: importLine, among: /^import \{ \w+ \} from '\.\//, by: (line) => line.replace(/^.*'\.\//, '') })
  return insert(withImport, { line: `  ${constantFor(name)},`, among: /^ {2}\w+,$/, by: (line) => line.toLowerCase() }).join('\n')
}

interface Insertion {
  readonly line: string
  readonly among: RegExp
  /** What the lines are sorted by. */
  readonly by: (line: string) => string
}

function insert(lines: readonly string[], { line, among, by }: Insertion): readonly string[] {
  const later = lines.findIndex((other) => among.test(other) && by(other) > by(line))
  const place = later >= 0 ? later : lines.findLastIndex((other) => among.test(other)) + 1
  return lines.toSpliced(place, 0, line)
}

function moduleText(name: string): string {
  const state = `${constantFor(name).charAt(0).toUpperCase()}${constantFor(name).slice(1)}State`
  return `import { defineModule } from '../core/module.ts'
import { sh } from '../core/script.ts'

interface ${state} {
  readonly exists: boolean
}

export const ${constantFor(name)} = defineModule({
  kind: 'state',
  name: '${name}',
  summary: 'Keep an empty file at a path.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path'],
    properties: { path: { type: 'string', format: 'path', description: 'Where the file should be.' } },
  },
  examples: [{ title: 'Mark the host as set up', params: { path: '/etc/set-up' } }],
  reads: ({ path }) => [\`path:\${path}\`],
  touches: ({ path }) => [\`path:\${path}\`],

  probe: ({ path }) => sh\`if [ -e \${path} ]; then echo yes; else echo no; fi\`,
  parse: ({ stdout }): ${state} => ({ exists: stdout.trim() === 'yes' }),
  desired: () => ({ exists: true }),
  converge: (_current, _desired, { path }) => [sh\`: > \${path}\`],
})
`
}

const CASE = `params: { path: /etc/set-up }
probe: if [ -e /etc/set-up ]; then echo yes; else echo no; fi
prints: |
  no
current: { exists: false }
desired: { exists: true }
runs:
  - ': > /etc/set-up'
`
