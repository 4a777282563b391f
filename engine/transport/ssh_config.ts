import { matchesHost } from './known_hosts.ts'

/**
 * The first word of an ssh_config that only OpenSSH can honour for this host, if there is one: `Match` or `Include`
 * anywhere, or, in a block for the host, anything but settings that make no difference to us.
 */
export function needInConfig(text: string, host: string): string | undefined {
  let applies = true
  for (const line of text.split('\n')) {
    const [word = '', rest = ''] = splitLine(line)
    if (word.toLowerCase() === 'host') applies = matchesHost(rest.split(/\s+/).map(unquoted).join(','), host)
    else if (isNeed(word.toLowerCase(), applies)) return word
  }
  return undefined
}

function isNeed(name: string, applies: boolean): boolean {
  return name === 'match' || name === 'include' || (applies && name !== '' && !HARMLESS.has(name))
}

function splitLine(line: string): readonly string[] {
  const [, word, rest] = /^\s*([^\s#=]+)\s*[\s=]\s*(.*?)\s*$/.exec(line) ?? []
  return word ? [word, rest ?? ''] : []
}

function unquoted(word: string): string {
  return word.replace(/^"(.*)"$/, '$1')
}

/** What a connection of ours leaves out, or does in its own way, whatever the operator's terminal sessions do. */
const HARMLESS = new Set(
  `addkeystoagent addressfamily batchmode checkhostip clearallforwardings compression connectionattempts connecttimeout controlmaster
  controlpath controlpersist dynamicforward enableescapecommandline escapechar exitonforwardfailure forkafterauthentication forwardagent
  forwardx11 forwardx11timeout forwardx11trusted gatewayports gssapiauthentication gssapidelegatecredentials hashknownhosts 
  ignoreunknown ipqos kbdinteractiveauthentication localcommand localforward loglevel logverbose nohostauthenticationforlocalhost
  numberofpasswordprompts obscurekeystroketiming passwordauthentication permitlocalcommand permitremoteopen preferredauthentications
  pubkeyauthentication remotecommand remoteforward requesttty sendenv serveralivecountmax serveraliveinterval sessiontype setenv
  stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking syslogfacility tag tcpkeepalive updatehostkeys usekeychain
  verifyhostkeydns visualhostkey`.split(/\s+/),
)
