/** What every role's options have in common, and the check that names a wrong one. Knows nothing of what a role does. */
import { didYouMean } from '../channel/closest-name.js'
import { describeValue, isRecord } from '../channel/option-reader.js'
import type { App } from '../channel/app.js'
import { CentrumError } from '../protocol/errors.js'

/** Checks the app and that each option is one of those there are. Throws a `CentrumError` `invalid-option`. */
export function checkRole(role: string, app: unknown, options: unknown, known: readonly string[]): void {
  if (!isApp(app)) {
    throw new CentrumError(
      'invalid-option',
      `${role}: the app is ${describeValue(app)}. Give what defineApp({ channels }) returns, as the first argument.`,
    )
  }
  if (!isRecord(options)) {
    throw new CentrumError('invalid-option', `${role}: it takes an object of options, got ${describeValue(options)}.`)
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new CentrumError(
      'invalid-option',
      `${role}: there is no option '${name}'.${didYouMean(name, known)} There are: ${known.join(', ')}.`,
    )
  }
}

/** Whether a value is what `defineApp` returns. */
export function isApp(value: unknown): value is App {
  return isRecord(value) && value['channels'] instanceof Map && typeof value['match'] === 'function'
}

/** Checks that a cluster was given. Throws a `CentrumError` `invalid-option`. */
export function checkCluster(role: string, cluster: unknown): void {
  if (isRecord(cluster) && Array.isArray(cluster['backs']) && typeof cluster['ownerOf'] === 'function') return
  throw new CentrumError(
    'invalid-option',
    `${role}: cluster is ${describeValue(cluster)}. Give what staticCluster({ backs: [{ id, address, channels }], key }) returns.`,
  )
}
