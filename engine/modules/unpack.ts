import type { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'
import type { HostContent } from './atomic_write.ts'
import { inDirectoryOf } from './real_directory.ts'

export interface Unpacking {
  /** Where the tree goes; links on the way resolved. */
  readonly dest: string
  readonly archive: Content | HostContent
  /** Names the archive and everything that decides what of it is unpacked and how. */
  readonly key: string
  /** Name of the file in `dest` that remembers what was unpacked. */
  readonly stamp: string
  readonly zip: boolean
  readonly strip: number
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly owner?: string | undefined
  readonly group?: string | undefined
  readonly mode?: string | undefined
}

/**
 * Prints what the stamp in the directory `$p` says (`stamp KEY`) and whether all it names is still as it was unpacked
 * (`intact`): kind, mode and owner of everything, and size, time and target of what is no directory.
 */
export function probeUnpacked(stamp: string): Script {
  return sh`( cd -P -- "$p" 2>/dev/null || exit 0
f=./${stamp}
[ -f "$f" ] && [ ! -L "$f" ] || exit 0
printf 'stamp %s\\n' "$(sed -n 1p "$f")"
[ "$(${listing(sh`"$f"`)})" != "$(sed -n 2p "$f")" ] || echo intact )`
}

/**
 * Unpacks into a folder of its own beside the final place, looks at everything there, and only then puts it in its place.
 * Nothing of an archive that holds an absolute path, a `..`, a device or a link that leads out of it reaches that place.
 */
export function unpack(unpacking: Unpacking): Script {
  const { dest, archive, key, stamp, zip } = unpacking
  const print = 'print' in archive ? archive.print : sh`${archive}`
  return inDirectoryOf(`${dest}/x`, [
    sh`fail() { printf '%s\\n' "$1" >&2; exit 1; }`,
    sh`w=$(mktemp -d ./.holdfast.XXXXXXXXXX) || exit 1`,
    sh`trap 'rm -rf -- "$w"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`mkdir -- "$w/tree" && ${print} > "$w/archive" || fail 'could not bring the archive: nothing was unpacked'`,
    sh`g=$(sha256sum < "$w/archive") && [ "$g" = ${`${archive.sha256}  -`} ] || fail ${`the archive is not the wanted one: wanted sha256 ${archive.sha256}, got `}"\${g%% *}"`,
    zip ? unzipTree(unpacking) : untarTree(unpacking),
    INSPECTION,
    ...ownership(unpacking),
    // Hard links put whole files in place without copying them, and never write into a file that is in use.
    sh`find "$w/tree" -mindepth 1 -maxdepth 1 -exec cp -al --remove-destination -t . -- {} + || exit 1`,
    sh`( cd "$w/tree" && find . -mindepth 1 -type d -print0 | sort -z | base64 -w0; echo; find . -mindepth 1 ! -type d -print0 | sort -z | base64 -w0; echo ) > "$w/names" || exit 1`,
    sh`{ printf '%s\\n\\n' ${key}; cat "$w/names"; } > "$w/draft" && l=$(${listing(sh`"$w/draft"`)}) || exit 1`,
    sh`{ printf '%s\\n%s\\n' ${key} "$l"; cat "$w/names"; } > "$w/stamp" && sync -f -- . && mv -fT -- "$w/stamp" ./${stamp} && sync -- . || exit 1`,
  ])
}

/** One digest of how everything is that a stamp names. */
function listing(stamp: Script): Script {
  return sh`{ sed -n 3p ${stamp} | base64 -d | xargs -0r stat --printf '%n %f %u %g\\n' --; sed -n 4p ${stamp} | base64 -d | xargs -0r stat --printf '%n %f %u %g %s %.9Y %N\\n' --; } 2>&1 | sha256sum`
}

const REFUSED = sh`fail 'the archive holds an absolute path or "..": nothing was unpacked'`

function untarTree({ strip, include, exclude }: Unpacking): Script {
  const excludes = exclude.map((pattern) => `--exclude=${pattern}`)
  return lines([
    sh`n=$(tar -tPf "$w/archive" --quoting-style=escape) || fail 'tar cannot read the archive: nothing was unpacked'`,
    sh`if printf '%s\\n' "$n" | grep -Eq '^/|(^|/)[.][.](/|$)'; then ${REFUSED}; fi`,
    sh`tar -xf "$w/archive" -C "$w/tree" --no-same-owner --no-same-permissions --strip-components=${strip} --wildcards ${excludes} -- ${include} || fail 'tar could not unpack the archive: nothing was put in place'`,
  ])
}

function unzipTree({ include, exclude }: Unpacking): Script {
  return lines([
    sh`command -v unzip > /dev/null || fail 'the host has no unzip'`,
    sh`n=$(unzip -Z1 "$w/archive") || fail 'unzip cannot read the archive: nothing was unpacked'`,
    sh`if printf '%s\\n' "$n" | grep -Eq '^/|(^|/)[.][.](/|$)'; then ${REFUSED}; fi`,
    sh`unzip -q "$w/archive" ${include} ${exclude.length > 0 ? ['-x', ...exclude] : []} -d "$w/tree" || [ $? -eq 1 ] || fail 'unzip could not unpack the archive: nothing was put in place'`,
  ])
}

/** realpath resolves all links in the fresh tree, so that no chain of them leads out unseen. */
const INSPECTION = sh`r=$(cd "$w/tree" && pwd -P) || exit 1
[ -z "$(find "$w/tree" ! -type f ! -type d ! -type l -print -quit)" ] || fail 'the archive holds a device, a fifo or a socket: nothing was put in place'
find "$w/tree" -type l -exec sh -c 'r=$1; shift
for l do case $(readlink -- "$l") in /*) exit 1;; esac
case $(realpath -m -- "$l")/ in "$r"/*) ;; *) exit 1;; esac; done' sh "$r" {} + || fail 'the archive holds a link that leads out of it: nothing was put in place'`

function ownership({ owner = '', group = '', mode }: Unpacking): readonly Script[] {
  const account = group === '' ? owner : `${owner}:${group}`
  return [
    ...(account === '' ? [] : [sh`find "$w/tree" -mindepth 1 -maxdepth 1 -exec chown -Rh -- ${account} {} + || exit 1`]),
    ...(mode === undefined
      ? []
      : [
          sh`find "$w/tree" -mindepth 1 -maxdepth 1 ! -type l -exec chmod -R -- ${/^\d/.test(mode) ? mode.padStart(5, '0') : mode} {} + || exit 1`,
        ]),
  ]
}
