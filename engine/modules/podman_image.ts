import { type Change, defineModule } from '../core/module.ts'
import { lines, sh } from '../core/script.ts'
import { ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { problemsWhere } from './problems.ts'
import { asUser } from './systemctl.ts'

interface ImageState {
  readonly present: boolean
}

export const podmanImage = defineModule({
  kind: 'state',
  name: 'podman_image',
  summary: 'Keep an image, named by its digest, in the store of a user who runs containers without root.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'user'],
    properties: {
      name: {
        type: 'string',
        pattern: '^[a-z0-9]+([.-][a-z0-9]+)*(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$',
        form: 'name it by its digest and without a tag: `localhost/simd@sha256:…`, as `holdfast image` prints it',
        description: 'The image. A tag can be moved to something else, so only a digest will do.',
      },
      user: { type: 'string', pattern: ACCOUNT_NAME, form: ACCOUNT_FORM, description: 'Whose store is meant; each user has one.' },
      archive: { type: 'string', format: 'path', description: 'Archive on the host that the image is loaded from, in the layout of OCI.' },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the image should be there.' },
    },
  },
  examples: [
    {
      title: 'The image of a node, from an archive that `copy` brought',
      params: {
        name: 'localhost/simd@sha256:3332a45d5aa878c328d2da293919fc84f72a1ee5d39aaddadde688cc61db01fb',
        user: 'simd',
        archive: '/opt/holdfast/images/simd.oci.tar',
      },
    },
  ],
  notes: [
    'podman checks the archive against `policy.json` and against its own digests while it loads it. Nothing is ever pulled.',
    'Must run as root; podman runs as the user.',
  ],
  problems: ({ archive, state }) =>
    problemsWhere([state === 'present' && archive === undefined, '`podman_image` needs `archive`, unless `state: absent`']),
  reads: ({ user }) => [`user:${user}`, 'package:podman', 'path:/etc/containers', 'path:/var/lib/containers'],
  touches: () => ['path:/var/lib/containers'],

  probe: ({ name, user }) =>
    lines([
      sh`command -v podman >/dev/null && id -u -- ${user} >/dev/null 2>&1 || exit 0`,
      sh`${asUser(user)} podman image exists ${name} 2>/dev/null && echo present; true`,
    ]),
  parse: ({ stdout }): ImageState => ({ present: /^present$/m.test(stdout) }),
  desired: ({ state }): ImageState => ({ present: state === 'present' }),
  converge: (_current, desired, { name, user, archive = '' }) =>
    desired.present
      ? [
          lines([
            sh`said=$(${asUser(user)} podman load --quiet --input ${archive} 2>&1) || { printf '%s\\n' "$said" >&2; exit 1; }`,
            sh`${asUser(user)} podman image exists ${name} && exit 0`,
            sh`echo ${`the archive ${archive} holds another image than ${name}`} >&2; exit 1`,
          ]),
        ]
      : [sh`${asUser(user)} podman image rm -- ${name}`],
  describe: (current, desired, { name, user }): readonly Change[] => [
    { what: `${name} of ${user}`, from: current.present ? 'present' : 'absent', to: desired.present ? 'present' : 'absent' },
  ],
  result: ({ present }, { name }) => ({ name, state: present ? 'present' : 'absent' }),
})
