/** Options of a front that a command takes in another form than `startFront`, and what is given to it. Knows no command. */
import { TEXTS } from '../options/option-kinds.js'

export const FRONT_FLAGS = {
  origin: {
    ...TEXTS,
    value: 'origin',
    description:
      "An origin whose pages may connect, such as https://example.com; '*' for every page. If not given, only pages from the host and port that the request names.",
  },
  trustProxy: {
    ...TEXTS,
    value: 'proxies',
    description:
      "The proxies in front of this front, whose X-Forwarded-For and X-Forwarded-Host headers are trusted: their number (1), 'loopback', or a network such as 10.0.0.0/8. If not given, no proxy is trusted.",
  },
} as const

/** As `startFront` takes it. */
export function trustedProxies(given: readonly string[]): number | readonly string[] | undefined {
  const [first = ''] = given
  if (given.length === 0) return undefined
  return given.length === 1 && /^\d+$/.test(first) ? Number(first) : given
}
