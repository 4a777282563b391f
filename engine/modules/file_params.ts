import type { Params } from '../core/params.ts'
import { ATTRIBUTE_PARAMS } from './file_attributes.ts'
import type { PathReading } from './path_probe.ts'

/** The params of `file`. */
export const FILE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { type: 'string', format: 'path', aliases: ['dest', 'name'], description: 'The path to keep so.' },
    state: {
      type: 'string',
      enum: ['file', 'directory', 'absent', 'link', 'hard', 'touch'],
      description: 'What should be there. `file` never makes one: it only keeps the attributes of one. Left out, whatever is there stays.',
    },
    src: { type: 'string', description: 'What a `link` says, or the file a `hard` link is another name of.' },
    ...ATTRIBUTE_PARAMS,
    recurse: { type: 'boolean', default: false, description: 'Keep the attributes of everything below a directory too.' },
    force: {
      type: 'boolean',
      default: false,
      description: 'Make a link even if `src` does not exist, or in the place of a file or an empty directory.',
    },
    follow: { type: 'boolean', default: true, description: 'If the path is a link, look after what it leads to.' },
    modification_time: {
      type: 'string',
      enum: ['now', 'preserve'],
      description: 'For `touch`: whether the time of the last change becomes now, as it does if left out.',
    },
    access_time: {
      type: 'string',
      enum: ['now', 'preserve'],
      description: 'For `touch`: whether the time of the last reading becomes now, as it does if left out.',
    },
  },
} as const

export type FileParams = Params<typeof FILE_SCHEMA>

/** What the probe of `file` finds. */
export interface FileModuleState extends PathReading {
  /** What the link says. */
  readonly target?: string
  /** Device and inode of `src`; empty if there is none. */
  readonly source?: string
  /** The different sets of attributes below a directory. */
  readonly below?: readonly string[]
  readonly modified?: 'now' | 'earlier'
  readonly accessed?: 'now' | 'earlier'
}
