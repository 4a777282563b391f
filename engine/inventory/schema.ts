/** The form of a YAML or JSON inventory, for editors. Loading checks more: names, ranges, circles. */
export const INVENTORY_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'an inventory',
  description: 'Groups of hosts with their vars, in the format of an Ansible YAML inventory.',
  type: 'object',
  additionalProperties: { $ref: '#/$defs/group' },
  $defs: {
    group: {
      title: 'a group',
      type: ['object', 'null'],
      additionalProperties: false,
      properties: {
        hosts: {
          description: 'Hosts by name; `web[01:20]` stands for several, `name:2222` gives the port.',
          anyOf: [{ type: ['null', 'string'] }, { type: 'object', additionalProperties: { $ref: '#/$defs/vars' } }],
        },
        vars: { description: 'Vars of every host in the group.', $ref: '#/$defs/vars' },
        children: {
          description: 'Groups in this group; they may be described here or elsewhere.',
          anyOf: [{ type: ['null', 'string'] }, { type: 'object', additionalProperties: { $ref: '#/$defs/group' } }],
        },
      },
    },
    vars: { title: 'vars', type: ['object', 'null'] },
  },
} as const

/** The form of a file in `group_vars/` or `host_vars/`. */
export const VARS_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'vars',
  description: 'Vars of one host or of every host in a group.',
  type: ['object', 'null'],
} as const
