/** Debian's packages, installed where that is a matter of one command: on Debian and its kin, as root. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const UPDATE_SECONDS_MAX = 90
const INSTALL_SECONDS_MAX = 240

export interface Installed {
  readonly done: boolean
  /** What happened, or why it was not tried; a sentence. */
  readonly message: string
}

/** Installs packages. Takes a minute or two, and says so. */
export function installDebian(packages: readonly string[]): Installed {
  const named = packages.join(', ')
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !hasProgram('apt-get'))
    return { done: false, message: `Not as root on Debian, so nothing was installed: ${named}.` }
  process.stdout.write(`Installing ${named} with apt-get, which may take a minute or two …\n`)
  const update = apt(['update', '-q'], UPDATE_SECONDS_MAX)
  const options = ['-q', '-y', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=120']
  const install = apt(['install', ...options, ...packages], INSTALL_SECONDS_MAX)
  if (install === '') return { done: true, message: `Installed: ${named}.` }
  return { done: false, message: `apt-get could not install ${named}: ${install} ${update}`.trimEnd() }
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

export function hasProgram(command: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isExecutable(join(folder, command)))
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
