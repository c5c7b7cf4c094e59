/**
 * The options that the commands for single masters share, and what becomes of them: a runtime and a cluster. Knows no master.
 */
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { TEXT, TEXTS } from '../options/option-kinds.js'
import type { OptionTable } from '../options/option-table.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { type LogFormat, type LogLevel, NODE_RUNTIME_OPTIONS } from '../runtime/runtime-options.js'
import type { Runtime } from '../runtime/runtime.js'
import { readClusterFile } from './cluster-file.js'
import { loadApp } from './load-app.js'

export const LOG_OPTION = {
  ...NODE_RUNTIME_OPTIONS.logLevel,
  default: 'info',
  description: 'What is logged on stderr, one line an event.',
} as const

export const LOG_FORMAT_OPTION = {
  ...NODE_RUNTIME_OPTIONS.logFormat,
  description: 'JSON lines, or text for people. Without it text on a terminal, and JSON lines elsewhere.',
} as const

export const ROLE_OPTIONS = {
  cluster: {
    ...TEXT,
    value: 'file',
    required: "Give the JSON file with the cluster's backs, the same for all masters: --cluster cluster.json.",
    description:
      'A JSON file with the options of staticCluster: the backs with their ids, addresses and channels. The same for all masters.',
  },
  key: {
    ...TEXTS,
    value: 'secret',
    secret: true,
    description:
      "The cluster's secret, at least 32 bytes, the same for all masters; wins over a key in the file. Every front needs it, and every address beyond loopback. " +
      'Of several the first is used and all are accepted: so a key is changed without ending sessions. Prefer the variable: others on the machine can read command lines. centrum key makes one.',
  },
  log: LOG_OPTION,
  logFormat: LOG_FORMAT_OPTION,
} as const satisfies OptionTable

export interface RoleValues {
  readonly cluster: string
  readonly key: readonly string[]
  readonly log: LogLevel
  readonly logFormat: LogFormat | undefined
}

export function runtimeOf({ log, logFormat }: Pick<RoleValues, 'log' | 'logFormat'>): Runtime {
  return nodeRuntime({ logLevel: log, logFormat })
}

/** The app and the cluster it runs in. Throws a `UsageError`. */
export async function appAndCluster(
  file: string,
  { cluster, key }: RoleValues,
): Promise<{ readonly app: App; readonly cluster: Cluster }> {
  const list = readClusterFile(cluster, { key: key.length > 1 ? key : key[0] })
  return { app: await loadApp(file), cluster: list }
}
