/**
 * The browser that tests drive: found where systems keep it, and installed where that is a matter of one command, which is
 * on Debian and its kin, as root. Elsewhere the tests that need it are skipped with `chromiumMissing` as their reason.
 */
import { delimiter, join } from 'node:path'
import { installDebian, isExecutable } from './debian.js'

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
/** Fonts come along, so that screenshots show letters. */
const DEBIAN_PACKAGES = ['chromium', 'fonts-liberation']

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
  const { message } = installDebian(DEBIAN_PACKAGES)
  return chromiumPath() ? message : `${message} ${chromiumMissing}`
}
