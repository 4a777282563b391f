/** Hosts that cannot do what is asked: no room, no rights, no tools, nothing that answers. Each says so in a line and keeps what it had. */
import * as assert from 'uvu/assert'
import { labSuite, type TestHost, withHost } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import { assertClean, type Ended, reached, withFleet } from './applied.ts'
import type { Files } from '../support/project.ts'

limit(180)
const test = labSuite('hosts in a hard place')

interface Hard {
  /** Brings the host there, and back. */
  readonly enter: string
  readonly leave: string
  readonly task: string
  readonly says: RegExp
  /** How it is reached, where that matters. */
  readonly vars?: Files
  readonly become?: boolean
  readonly files?: Files
}

const SMALL_DISK = 'mkdir -p /mnt/small && mount -t tmpfs -o size=1m none /mnt/small && echo old > /mnt/small/kept'
const KEPT = '/mnt/small/kept'
const BIG = { 'playbooks/files/big': 'a line that is written often\n'.repeat(100_000) }

const TABLE: { readonly [title: string]: Hard } = {
  'a disk with no room for the new file': {
    enter: SMALL_DISK,
    leave: 'umount /mnt/small',
    task: `copy: { src: big, dest: ${KEPT} }`,
    files: BIG,
    says: /No space left on device[\s\S]*could not write the new content of \/mnt\/small\/kept: the old file stays/,
  },
  'a disk that is full to the last byte': {
    enter: `${SMALL_DISK}; head -c 2m /dev/zero > /mnt/small/filler 2>/dev/null; true`,
    leave: 'umount /mnt/small',
    task: `copy: { content: 'new', dest: ${KEPT} }`,
    says: /No space left on device/,
  },
  'a disk that is full, for an edit in place': {
    enter: `${SMALL_DISK}; head -c 2m /dev/zero > /mnt/small/filler 2>/dev/null; true`,
    leave: 'umount /mnt/small',
    task: `lineinfile: { path: ${KEPT}, line: new }`,
    says: /No space left on device/,
  },
  'a disk with no inode left': {
    enter: `mkdir -p /mnt/small && mount -t tmpfs -o size=1m,nr_inodes=3 none /mnt/small && echo old > ${KEPT} && : > /mnt/small/last`,
    leave: 'umount /mnt/small',
    task: `copy: { content: new, dest: ${KEPT} }`,
    says: /No space left on device/,
  },
  'no room where uploads are staged': {
    enter: `${SMALL_DISK} && mount -t tmpfs -o size=1m none /var/tmp`,
    leave: 'umount /var/tmp; umount /mnt/small',
    task: `copy: { src: big, dest: ${KEPT} }`,
    files: BIG,
    says: /cannot write `\/var\/tmp\/holdfast-root\/[0-9a-f]{64}\.\w+`: .*No space left on device/,
  },
  'a file system that is read-only': {
    enter: `${SMALL_DISK} && mount -o remount,ro /mnt/small`,
    leave: 'umount /mnt/small',
    task: `copy: { content: new, dest: ${KEPT} }`,
    says: /Read-only file system/,
  },
  'no room for the note that a handler is owed': {
    enter: `${SMALL_DISK} && mkdir -p /var/lib/holdfast && mount -t tmpfs -o size=4k,nr_inodes=1 none /var/lib/holdfast`,
    leave: 'umount /var/lib/holdfast; rmdir /var/lib/holdfast; umount /mnt/small',
    task: `copy: { content: new, dest: ${KEPT} }\n      notify: count`,
    says: /No space left on device/,
  },
  'a file that root itself may not change': {
    enter: `mkdir -p /mnt/small && echo old > ${KEPT} && mount --bind ${KEPT} ${KEPT}`,
    leave: `umount ${KEPT}; rm ${KEPT}`,
    task: `copy: { content: new, dest: ${KEPT} }`,
    says: /Device or resource busy/,
  },
  'a host without base64': {
    enter: `${SMALL_DISK}; mv /usr/bin/base64 /usr/bin/base64.away`,
    leave: 'mv /usr/bin/base64.away /usr/bin/base64; umount /mnt/small',
    task: `copy: { content: new, dest: ${KEPT} }`,
    says: /base64: (command )?not found|has no `base64`/,
  },
  'a host without sha256sum': {
    enter: `${SMALL_DISK}; mv /usr/bin/sha256sum /usr/bin/sha256sum.away`,
    leave: 'mv /usr/bin/sha256sum.away /usr/bin/sha256sum; umount /mnt/small',
    task: `copy: { content: new, dest: ${KEPT} }`,
    says: /sha256sum: (command )?not found/,
  },
}

for (const [title, hard] of Object.entries(TABLE)) {
  test(`${title} is told, and the old file stays`, () =>
    withHost(async (host) => {
      await host.read(hard.enter)
      try {
        const ended = await applyOn(host, hard)
        assert.is(ended.code, 1, ended.err)
        assert.match(ended.err, hard.says)
        assert.is((await host.run(`cat ${KEPT}`)).stdout, 'old\n')
        assert.not.match(await host.read('ls -A /mnt/small'), /holdfast/)
      } finally {
        await host.run(hard.leave)
      }
    }))
}

for (const [what, task] of Object.entries({
  'a command is not run': 'command: sh -c "echo new > /mnt/kept"',
  'a file is not written': 'copy: { content: new, dest: /mnt/kept }',
}))
  test(`where it cannot be noted that a handler is owed, ${what}, and nothing is owed later`, () =>
    withHost(async (host) => {
      await host.read('echo old > /mnt/kept; mv /bin/sync /bin/sync.away; rm -rf /var/lib/holdfast')
      try {
        const ended = await applyOn(host, { task: `${task}\n      notify: count` })
        assert.is(ended.code, 1, ended.err)
        assert.is(await host.read('cat /mnt/kept'), 'old\n')
      } finally {
        await host.run('mv /bin/sync.away /bin/sync')
      }
      assert.is((await host.run('ls /var/lib/holdfast')).stdout, '', 'what was noted in part is taken back')
    }))

test.run()

async function applyOn(
  host: TestHost,
  { task, vars, become = true, files = {} }: Pick<Hard, 'task' | 'vars' | 'become' | 'files'>,
): Promise<Ended> {
  const site = `- hosts: all
  become: ${become}
  tasks:
    - name: the task
      ${task}
  handlers:
    - name: count
      command: 'true'
`
  return await withFleet({ [host.name]: reached(host, vars) }, { 'playbooks/site.yml': site, ...files }, async (project) => {
    const ended = await project.applied()
    assertClean(ended)
    assert.match(ended.err, host.name)
    return ended
  })
}
