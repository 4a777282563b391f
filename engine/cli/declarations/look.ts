import { declareCommand } from '../declare.ts'
import { inventoryFlags, reachFlags, tellingFlags } from '../flags.ts'

export const inventoryCommand = declareCommand({
  name: 'inventory',
  summary: 'show hosts, groups and variables',
  operands: [],
  flags: {
    list: { kind: 'switch', summary: 'everything as JSON, in the form of `ansible-inventory --list` (the default)' },
    graph: { kind: 'switch', summary: 'groups and hosts as a tree' },
    host: { kind: 'value', value: 'NAME', summary: 'the variables of one host as JSON' },
    ...inventoryFlags,
    'extra-vars': reachFlags['extra-vars'],
    plain: tellingFlags.plain,
  },
  examples: [
    { line: 'holdfast inventory -i inventories/mainnet --graph', does: 'the tree of groups' },
    { line: 'holdfast inventory --host sentry-1', does: 'one host, as tasks see it' },
  ],
})

export const explainCommand = declareCommand({
  name: 'explain',
  summary: 'show every place that sets a variable of a host, and which one wins',
  operands: [
    { name: 'HOST', summary: 'one host of the inventory' },
    { name: 'VAR', summary: 'the variable' },
  ],
  flags: {
    inventory: inventoryFlags.inventory,
    playbook: { kind: 'value', value: 'PATH', summary: 'count the `group_vars/` and `host_vars/` beside this playbook, too' },
    'extra-vars': reachFlags['extra-vars'],
    json: { kind: 'switch', summary: 'print the places as JSON' },
    plain: tellingFlags.plain,
  },
  examples: [{ line: 'holdfast explain sentry-1 ansible_user', does: 'file and line of each value, the winner last' }],
})

export const topologyCommand = declareCommand({
  name: 'topology',
  summary: 'show the tiers, hosts and allowed flows of a fleet',
  operands: [],
  flags: {
    inventory: inventoryFlags.inventory,
    chain: { kind: 'value', value: 'NAME', summary: 'only the fleet of this chain' },
    svg: { kind: 'value', value: 'FILE', summary: 'draw it into this file, too' },
    'extra-vars': reachFlags['extra-vars'],
    plain: tellingFlags.plain,
  },
  examples: [{ line: 'holdfast topology -i inventories/mainnet --svg topology.svg', does: 'as text and as a drawing' }],
})

export const docCommand = declareCommand({
  name: 'doc',
  summary: 'print the reference page of a module',
  operands: [{ name: 'MODULE', summary: 'the module', optional: true }],
  flags: {
    list: { kind: 'switch', summary: 'list all modules, a line each' },
    plain: tellingFlags.plain,
  },
  examples: [
    { line: 'holdfast doc systemd_service', does: 'params, examples, notes' },
    { line: 'holdfast doc --list', does: 'what there is' },
  ],
})
