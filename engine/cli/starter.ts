import { STARTER_FLEET } from './starter_fleet.ts'

/**
 * The files of a starter project, by path: a site playbook that uses the roles of the package, a role of the user's own, the fleet it is
 * meant for, and a small one that boots in the lab so that everything can be tried at once.
 */
export const STARTER: { readonly [path: string]: string } = {
  'holdfast.yml': `# What every call in this project takes for granted. Flags win over it.
# The lab is the fleet to try things on. Your own is one flag away: -i inventories/mainnet
inventory: inventories/lab
# forks: 10
# host_keys: accept-new
`,
  ...STARTER_FLEET,
  'playbooks/site.yml': `# What every host should look like. \`holdfast apply playbooks/site.yml\` makes it so.
# \`hardening\` and \`firewall\` come with Holdfast; \`greeting\` is yours, in roles/. A role of yours wins over one that comes with Holdfast.
- name: hosts around the cosigners
  hosts: all:!cosigner
  become: true
  roles:
    - hardening
    - firewall
    - greeting

# One of three may be away while two go on signing; a failure stops before the next one.
- name: cosigners
  hosts: cosigner
  become: true
  serial: 1
  max_fail_percentage: 0
  roles:
    - hardening
    - firewall
    - greeting
`,
  'roles/greeting/defaults/main.yml': `# What the role takes. group_vars and host_vars win over these.
greeting_contact: the operators of this fleet
`,
  'roles/greeting/tasks/main.yml': `- name: who keeps this host
  template:
    src: motd.hbs
    dest: /etc/motd
    owner: root
    group: root
    mode: '0644'
  tags: greeting
`,
  'roles/greeting/templates/motd.hbs': `{{ inventory_hostname }} ({{ join group_names ", " }}), kept by Holdfast: what is changed by hand here is changed back.
Ask {{ greeting_contact }}.
`,
  'secrets/README.md': `# Secrets

1. Put the public key of everyone who may read the secrets of this project into \`recipients/\`, a file each:
   \`gpg --armor --export ana@example.org > secrets/recipients/ana.asc\`
2. Seal a value with \`holdfast secrets seal --var NAME\` and paste what it prints into a vars file, or a whole file with
   \`holdfast secrets seal secrets/FILE\`.
3. After adding or removing a key: \`holdfast secrets rekey\`, and replace what the removed key could read.

Private keys never belong into this folder.
`,
  'secrets/recipients/.gitkeep': '',
  '.gitignore': `.holdfast/
`,
}
