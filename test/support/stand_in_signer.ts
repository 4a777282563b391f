import { generateKeyPairSync, randomBytes } from 'node:crypto'

/**
 * A program in the place of Horcrux, for tests that must do without Go: it listens and is connected as its configuration says, knows a leader (the
 * second, unless `elect` named another) and says what release it is. `start` fails with `threshold: 9`.
 */
export const STAND_IN_SIGNER = `#!/usr/bin/perl
use strict;
use IO::Socket::INET;
use IO::Select;
my ($home, @words) = ('/nowhere');
while (defined(my $word = shift)) { if ($word eq '--home') { $home = shift } else { push @words, $word } }
sub slurp { local $/; open(my $file, '<', $_[0]) or return ''; <$file> }
sub leader { my $found = slurp("$home/leader"); $found eq '' ? 2 : $found }
if ($words[0] eq 'version') { print STDERR qq({"version": "v3.3.2"}\\n); exit 0 }
my $config = slurp("$home/config.yaml");
my ($id) = slurp("$home/ecies_keys.json") =~ /"id":(\\d+)/;
my $runs = -e "$home/horcrux.pid";
if ($words[0] eq 'leader') { exit 1 unless $runs; print "Request address: x\\nCurrent leader: ", leader(), "\\n"; exit 0 }
if ($words[0] eq 'elect') { open(my $file, '>', "$home/leader"); print $file $words[1]; print "Leader election successful. New leader: $words[1]\\n"; exit 0 }
if ($words[0] eq 'start') {
  die "threshold too high\\n" if $config =~ /threshold: 9/;
  die "horcrux is already running\\n" if $runs;
  my @all = $config =~ /p2pAddr: "tcp:\\/\\/([^"]*)"/g;
  my ($port) = $all[$id - 1] =~ /:(\\d+)$/;
  my $socket = IO::Socket::INET->new(Listen => 9, LocalPort => $port, ReuseAddr => 1) or die "cannot listen\\n";
  open(my $pid, '>', "$home/horcrux.pid"); print $pid $$; close $pid;
  open(my $log, '>>', "$home/starts"); print $log "started\\n"; close $log;
  $SIG{TERM} = sub { unlink "$home/horcrux.pid"; exit 0 };
  my ($select, %peer) = (IO::Select->new($socket));
  while (1) {
    for my $other (0 .. $#all) {
      next if $other == $id - 1 || $peer{$other};
      $peer{$other} = IO::Socket::INET->new(PeerAddr => $all[$other], Timeout => 1) and $select->add($peer{$other});
    }
    for my $ready ($select->can_read(1)) {
      if ($ready == $socket) { $select->add(scalar $socket->accept()); next }
      next if sysread($ready, my $bytes, 99);
      $select->remove($ready);
      for my $other (keys %peer) { delete $peer{$other} if $peer{$other} && $peer{$other} == $ready }
      close $ready;
    }
  }
}
exit 1
`

/** The texts of a key and its shards, in the form of the real ones; nothing can be signed with them. */
export function madeUpShards(count: number): {
  readonly shards: readonly string[]
  readonly eciesKeys: readonly string[]
  readonly whole: string
} {
  const { publicKey } = generateKeyPairSync('ed25519')
  const bytes = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)
  const pubKey = Buffer.concat([Buffer.from([0x0a, 0x20]), bytes]).toString('base64')
  const random = () => randomBytes(32).toString('base64')
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  const eciesPubs = ids.map(random)
  return {
    shards: ids.map((id) => JSON.stringify({ pubKey, privateShard: random(), id })),
    eciesKeys: ids.map((id) => JSON.stringify({ eciesKey: random(), eciesPubs, id })),
    whole: JSON.stringify({ pub_key: { type: 'tendermint/PubKeyEd25519', value: bytes.toString('base64') } }, null, 2),
  }
}
