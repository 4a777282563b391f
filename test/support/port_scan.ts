/** A host that is scanned: the name it has in the answer, and its address. */
export interface Scanned {
  readonly name: string
  readonly address: string
}

/**
 * The command that prints `NAME PORT` for every port that takes a connection. One process tries all of them at once, and looks a last time
 * when the time is over: however little of the processor it gets, what was open has answered the kernel by then.
 */
export function scanCommand(hosts: readonly Scanned[], ports: readonly number[]): string {
  const words = hosts.flatMap(({ name, address }) => ports.map((port) => `${name}/${address}/${port}`))
  return `perl -e '${SCAN}' ${SECONDS} ${words.join(' ')}`
}

/** Through a firewall that drops what it does not want nothing is heard of a closed port. */
const SECONDS = 2

const SCAN = `use strict; use IO::Socket::INET; use IO::Select;
my $end = time + 1 + shift; my ($waiting, %word) = (IO::Select->new);
for my $word (@ARGV) {
  my (undef, $address, $port) = split m(/), $word;
  my $socket = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Proto => "tcp", Blocking => 0) or next;
  $word{$socket} = $word; $waiting->add($socket);
}
while ($waiting->count) {
  my $late = time >= $end;
  for my $socket ($waiting->can_write($late ? 0 : 0.5)) {
    $waiting->remove($socket);
    my ($name, undef, $port) = split m(/), $word{$socket};
    print "$name $port\\n" if $socket->connected;
  }
  last if $late;
}`
