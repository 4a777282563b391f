import type { Json } from '../core/json.ts'
import { kernel, memory, processors } from './machine.ts'
import { mounts, network } from './network.ts'
import { FILES } from './script.ts'
import { names, operatingSystem, security, software } from './system.ts'

/** What a host says of itself, under the leaf names of Ansible's `ansible_facts`. */
export type Facts = { readonly [name: string]: Json }

/** The facts in what the script printed. Lines without the prefix are noise and count for nothing. */
export function parseFacts(stdout: string): Facts {
  const read = collect(stdout)
  const one = (key: string): string => read.get(key)?.[0] ?? ''
  const all = (key: string): readonly string[] => read.get(key) ?? []
  return {
    ...operatingSystem(pairs(all('os'), '='), one('debian')),
    ...kernel(one),
    ...names(one('uname').split(' ')[1] ?? '', all('hosts')),
    ...memory(pairs(all('mem'), ':')),
    ...processors(all('cpu')),
    ...user(one('id'), one('home')),
    ...network(all),
    ...time(one('date'), one('uptime')),
    ...security(one),
    ...software(one, all('program')),
    mounts: mounts(all('mounts')),
    dns: { nameservers: all('resolv').flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.slice(1) ?? []) },
  }
}

function collect(stdout: string): Map<string, string[]> {
  const read = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [key, value] = keyed(line)
    if (key === undefined) continue
    const values = read.get(key)
    if (values) values.push(value)
    else read.set(key, [value])
  }
  return read
}

/** What a line tells, and under which name: `hf.name=value`, or `/path:line` of a file that is read. */
function keyed(line: string): readonly [string | undefined, string] {
  const told = /^hf\.(\w+)=(.*)$/.exec(line)
  if (told) return [told[1], told[2] ?? '']
  const [, path = '', text = ''] = /^(\/[^:]+):(.*)$/.exec(line) ?? []
  return [FILES[path], text]
}

function pairs(lines: readonly string[], separator: string): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(separator)
      return [
        line.slice(0, at).trim(),
        line
          .slice(at + 1)
          .trim()
          .replace(/^(["'])(.*)\1$/, '$2'),
      ]
    }),
  )
}

function user(id: string, home: string): Facts {
  const [, uid = '', name = uid, gid = ''] = /^uid=(\d+)(?:\((.*?)\))? gid=(\d+)/.exec(id) ?? []
  return { user_id: name, user_uid: Number(uid), user_gid: Number(gid), user_dir: home }
}

function time(date: string, uptime: string): Facts {
  const [iso = '', epoch = '', zone = ''] = date.split(' ')
  return {
    date_time: { iso8601: iso, date: iso.slice(0, 10), epoch, tz_offset: zone },
    uptime_seconds: Math.floor(Number.parseFloat(uptime) || 0),
  }
}
