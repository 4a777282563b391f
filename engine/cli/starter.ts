/** The files of a starter project, by path. It applies as it is, to the machine it is on, and changes one harmless file. */
export const STARTER: { readonly [path: string]: string } = {
  'holdfast.yml': `# What every call in this project takes for granted. Flags win over it.
inventory: inventories/example
# forks: 10
# host_keys: accept-new
`,
  'inventories/example/hosts.yml': `# Hosts and groups, in Ansible's form. Here the only host is the machine you sit at.
# A real one reads: sentry-1: { ansible_host: 203.0.113.7, ansible_user: automation }
all:
  children:
    sentry:
      hosts:
        this-machine:
          ansible_connection: local
`,
  'inventories/example/group_vars/all.yml': `greeting_path: /var/tmp/holdfast-greeting
`,
  'playbooks/site.yml': `# What every host should look like. \`holdfast apply playbooks/site.yml\` makes it so.
- name: every host
  hosts: all
  gather_facts: false
  roles:
    - greeting
`,
  'roles/greeting/tasks/main.yml': `- name: say who keeps this host
  template:
    src: greeting.hbs
    dest: '{{ greeting_path }}'
    mode: '0644'
`,
  'roles/greeting/templates/greeting.hbs': `{{ inventory_hostname }} is kept by Holdfast; see playbooks/site.yml.
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
