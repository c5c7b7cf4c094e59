/** Options of every master about its links. Knows no master. */
import { LIMITS, OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { OptionTable } from '../options/option-table.js'
import { InProcessNetwork } from './in-process-transport.js'
import { LINK_LIMITS } from './link-limits.js'
import type { Transport } from './transport.js'

export const LINK_OPTIONS = {
  /** Limits of the links between masters. */
  linkLimits: { ...LIMITS, limits: LINK_LIMITS, description: 'Limits of the links between masters.' },
  /** The network in which backs and fronts of this process find each other by `memory:` addresses. */
  network: {
    ...OBJECT,
    is: (value: unknown): value is InProcessNetwork => value instanceof InProcessNetwork,
    expected: 'an InProcessNetwork, the same for all masters of this process',
    description: 'The network in which backs and fronts of this process find each other by `memory:` addresses.',
  },
} as const satisfies OptionTable

export const TRANSPORT_OPTION = {
  ...OBJECT,
  is: isTransport,
  expected: 'a transport with dial and listen',
  description: 'Opens and accepts links. If left out, the form of each address decides how.',
} as const

function isTransport(value: unknown): value is Transport {
  return isRecord(value) && typeof value['dial'] === 'function' && typeof value['listen'] === 'function'
}
