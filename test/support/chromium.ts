/**
 * The browser that tests drive: found where systems keep it, and installed where that is a matter of one command, which is
 * on Debian and its kin, as root. Elsewhere the tests that need it are skipped with `chromiumMissing` as their reason.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** Fonts come along, so that screenshots show letters. */
const DEBIAN_PACKAGES = ['chromium', 'fonts-liberation']
const UPDATE_SECONDS_MAX = 90
const INSTALL_SECONDS_MAX = 240

/** The reason to give where a test is skipped for want of a browser. */
export const chromiumMissing =
  'There is no Chromium here: install it, or name one in CHROMIUM_PATH, to run the tests that use a browser.'

/** Where the browser is, or undefined. `CHROMIUM_PATH` wins over what is found. */
export function chromiumPath(): string | undefined {
  const given = process.env['CHROMIUM_PATH']
  if (given) return given
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return [...folders.flatMap((folder) => COMMANDS.map((command) => join(folder, command))), mac].find(isExecutable)
}

/** Installs the browser where it is missing and can be had by one command. Returns a sentence on what was done, if anything. */
export function ensureChromium(): string | undefined {
  if (chromiumPath()) return undefined
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !has('apt-get')) return chromiumMissing
  process.stdout.write('Installing Chromium with apt-get, which may take a minute or two …\n')
  const update = apt(['update', '-q'], UPDATE_SECONDS_MAX)
  const install = apt(
    ['install', '-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=60', ...DEBIAN_PACKAGES],
    INSTALL_SECONDS_MAX,
  )
  if (chromiumPath()) return 'Chromium is installed.'
  return `apt-get could not install Chromium: ${install || update || 'no reason was given.'}\n${chromiumMissing}`
}

/** Runs apt-get quietly and returns its last lines where it failed. */
function apt(args: readonly string[], secondsMax: number): string {
  const { status, stderr, error } = spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: secondsMax * 1000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status === 0) return ''
  return error ? error.message : stderr.trim().split('\n').slice(-3).join(' ')
}

function has(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
