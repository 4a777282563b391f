import { declareCommand } from '../declare.ts'
import { guardFlags, inventoryFlags, reachFlags, taskFlags, tellingFlags } from '../flags.ts'

const playbooks = { name: 'PLAYBOOK', summary: 'one or more playbooks, run in this order', many: true } as const

export const applyCommand = declareCommand({
  name: 'apply',
  summary: 'bring hosts into the state that playbooks declare',
  details: [
    'Reads every document first and contacts no host until all of them are sound. On a terminal it then looks at all hosts, shows what would change, and asks. Elsewhere `--yes` takes the place of the question.',
  ],
  operands: [playbooks],
  flags: {
    ...inventoryFlags,
    check: { kind: 'switch', short: 'C', summary: 'look and tell what would change; change nothing' },
    yes: { kind: 'switch', short: 'y', summary: 'apply without a preview and without asking' },
    ...tellingFlags,
    ...taskFlags,
    ...reachFlags,
    ...guardFlags,
  },
  examples: [
    { line: 'holdfast apply playbooks/site.yml -i inventories/mainnet', does: 'preview, ask, apply' },
    { line: 'holdfast apply playbooks/site.yml --check --diff', does: 'only look, and show text differences' },
    {
      line: 'holdfast apply playbooks/site.yml --limit sentry:!sentry-3 --tags firewall --yes',
      does: 'some hosts, some tasks, no question',
    },
  ],
})

export const planCommand = declareCommand({
  name: 'plan',
  summary: 'compile playbooks and show their tasks, without contacting any host',
  operands: [playbooks],
  flags: {
    ...inventoryFlags,
    explain: { kind: 'switch', summary: 'show where batches and round trips are cut and why, and which guards a change would ask' },
    json: tellingFlags.json,
    plain: tellingFlags.plain,
    ...taskFlags,
    'extra-vars': reachFlags['extra-vars'],
  },
  examples: [{ line: 'holdfast plan playbooks/site.yml --explain', does: 'batches, cuts and round trips' }],
})

export const driftCommand = declareCommand({
  name: 'drift',
  summary: 'tell what differs from the state that playbooks declare; change nothing',
  details: ['Ends with 0 when nothing differs, with 3 when something does, and with 1 when a host could not be looked at.'],
  operands: [playbooks],
  flags: { ...inventoryFlags, ...tellingFlags, ...taskFlags, ...reachFlags },
  examples: [
    { line: 'holdfast drift playbooks/site.yml', does: 'what differs, on which hosts' },
    { line: 'holdfast drift playbooks/site.yml --json > drift.json', does: 'the same for programs' },
  ],
})

export const validateCommand = declareCommand({
  name: 'validate',
  summary: 'report every problem in an inventory and in playbooks; contact no host',
  operands: [{ ...playbooks, optional: true }],
  flags: {
    inventory: inventoryFlags.inventory,
    json: { kind: 'switch', summary: 'print the problems as one JSON document on stdout' },
    plain: tellingFlags.plain,
    'extra-vars': reachFlags['extra-vars'],
  },
  examples: [{ line: 'holdfast validate playbooks/*.yml', does: 'all problems of all playbooks at once' }],
})

export const factsCommand = declareCommand({
  name: 'facts',
  summary: 'print what is known about hosts as JSON',
  operands: [{ name: 'PATTERN', summary: 'which hosts', optional: true }],
  flags: { ...inventoryFlags, plain: tellingFlags.plain, ...reachFlags },
  examples: [{ line: 'holdfast facts sentry | jq .[].kernel', does: 'the kernel of every sentry' }],
})

export const execCommand = declareCommand({
  name: 'exec',
  summary: 'run one command, or one module, on hosts',
  details: [
    'Each line a host prints goes to stdout with the name of the host before it. What cannot be right is refused before any host is contacted, as with `apply`: params that cannot be, an inventory that contradicts itself about a fleet. With `--harmless` such an inventory keeps nobody from looking.',
  ],
  operands: [{ name: 'PATTERN', summary: 'which hosts' }],
  rest: { name: 'COMMAND', summary: 'the command and its arguments, taken as they are, without a shell' },
  flags: {
    module: { kind: 'value', short: 'm', value: 'NAME', summary: 'call this module instead of a command' },
    args: { kind: 'value', short: 'a', value: 'PARAMS', summary: 'its params: `key=value …`, or YAML' },
    become: { kind: 'switch', short: 'b', summary: 'as root, or as `--become-user`' },
    'become-user': { kind: 'value', value: 'USER', summary: 'who to become' },
    check: { kind: 'switch', short: 'C', summary: 'look and tell what would change; change nothing' },
    ...inventoryFlags,
    ...tellingFlags,
    ...reachFlags,
    harmless: { kind: 'switch', summary: 'the command changes nothing, so the guards of a fleet need not be asked' },
    ...guardFlags,
  },
  examples: [
    { line: 'holdfast exec all -- uptime', does: 'run a command everywhere' },
    { line: "holdfast exec sentry -b -m systemd_service -a 'name=gaiad state=started'", does: 'call a module' },
  ],
})
