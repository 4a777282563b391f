import { type Hosts, type Project, reached, withFleet } from '../faults/applied.ts'
import type { Files } from '../support/project.ts'
import { type TestHost, withHosts } from '../support/lab.ts'

/** A fleet on real hosts whose cosigners run a small program that listens and talks to the others, as a signer does. */
export interface Signing {
  readonly project: Project
  readonly cosigners: readonly TestHost[]
  /** When each was down since it was first started, in milliseconds of this machine's clock. */
  outages(): Promise<readonly Outage[]>
}

export interface Outage {
  readonly host: string
  readonly from: number
  readonly to: number
}

export interface Wanted {
  readonly count: number
  readonly threshold: number
  readonly site: string
  /** Seconds that others get to come back. */
  readonly patience?: number
}

/** Lends a fleet with cosigners that are up; sentry and public node are only described. */
export async function withSigners(
  { count, threshold, site, patience = 4 }: Wanted,
  body: (signing: Signing) => Promise<void>,
): Promise<void> {
  await withHosts(count, async (hosts) => {
    await Promise.all(hosts.map((host) => install(host, hosts)))
    const files = { 'holdfast.yml': settings(patience), 'hosts.yml': inventory(hosts, threshold), 'playbooks/site.yml': site }
    await withFleet({}, files, async (project) => {
      await Promise.all(hosts.map(waitUntilUp))
      await body({ project, cosigners: hosts, outages: async () => (await Promise.all(hosts.map(outagesOf))).flat() })
    })
  })
}

/** The variables of the cosigners, and two hosts that nobody contacts. */
function inventory(hosts: readonly TestHost[], threshold: number): string {
  const cosigners: Hosts = Object.fromEntries(
    hosts.map((host, i) => [
      `cosigner-${i + 1}`,
      { ...reached(host), private_address: host.address, shard_id: (i + 1) as unknown as string } as Files,
    ]),
  )
  const node = (number: number, address: object) => ({ ...address, node_id: String(number).repeat(40) })
  const children = {
    public: { hosts: { 'public-1': node(1, { private_address: '10.255.0.1', public_address: '192.0.2.1' }) } },
    sentry: { hosts: { 'sentry-1': node(2, { private_address: '10.255.0.2' }) } },
    cosigner: { vars: { signing_threshold: threshold }, hosts: cosigners },
  }
  return JSON.stringify({ all: { vars: { chain: 'simd' }, children } })
}

function settings(patience: number): string {
  return `inventory: hosts.yml\nguards: { quorum_wait: ${patience}, return_wait: 20 }\n`
}

async function install(host: TestHost, all: readonly TestHost[]): Promise<void> {
  const others = all.filter((one) => one !== host).map(({ address }) => address)
  await host.read(`systemctl stop signer 2>/dev/null; cat > /usr/local/bin/signer <<'PROGRAM'
${PROGRAM}PROGRAM
cat > /etc/systemd/system/signer.service <<'UNIT'
[Service]
ExecStart=/usr/bin/perl /usr/local/bin/signer ${others.join(' ')}
ExecStopPost=/bin/sh -c 'echo "down $(date +%%s%%3N)" >> /var/log/signer'
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
UNIT
rm -f /var/log/signer /srv/*; rm -rf /run/holdfast
systemctl daemon-reload; systemctl enable -q signer; systemctl restart signer`)
}

/** Waits until its signer is up, which `systemctl start` does not. */
export async function waitUntilUp(host: TestHost): Promise<void> {
  await host.read(
    'for i in $(seq 600); do [ -s /var/log/signer ] && [ "$(tail -n 1 /var/log/signer | cut -c 1-2)" = up ] && exit; sleep 0.1; done; journalctl -u signer -n 20 >&2; exit 1',
  )
}

async function outagesOf({ name, read }: TestHost): Promise<readonly Outage[]> {
  const lines = (await read('cat /var/log/signer')).trim().split('\n')
  const moments = lines.map((line) => line.split(' ')).map(([word, at]) => ({ word, at: Number(at) }))
  return moments.flatMap(({ word, at }, i) => {
    if (word !== 'down') return []
    return [{ host: name, from: at, to: moments.slice(i).find((later) => later.word === 'up')?.at ?? Number.POSITIVE_INFINITY }]
  })
}

/** Listens on the port of cosigners, and keeps a connection to each of the others; says when it has its first. */
const PROGRAM = `use strict; use warnings; use IO::Socket::INET; use IO::Select;
my $listener = IO::Socket::INET->new(LocalPort => 2222, Listen => 9, ReuseAddr => 1) or die "listen: $!";
my (%to, $said); my $all = IO::Select->new($listener);
while (1) {
  for my $peer (@ARGV) {
    next if $to{$peer};
    my $dialled = IO::Socket::INET->new(PeerAddr => $peer, PeerPort => 2222, Timeout => 1) or next;
    $to{$peer} = $dialled; $all->add($dialled);
    next if $said++;
    system('echo "up $(date +%s%3N)" >> /var/log/signer');
  }
  for my $ready ($all->can_read(0.2)) {
    if ($ready == $listener) { $all->add($listener->accept); next }
    next if sysread($ready, my $got, 64);
    $all->remove($ready); for my $peer (@ARGV) { delete $to{$peer} if $to{$peer} && $to{$peer} == $ready } close $ready;
  }
}
`
