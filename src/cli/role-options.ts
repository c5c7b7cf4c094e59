/**
 * The options that the commands for single masters share, and what becomes of them: a runtime and a cluster. Knows no master.
 */
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { TEXT, TEXTS } from '../options/option-kinds.js'
import type { OptionTable } from '../options/option-table.js'
import { POSTGRES_OPTIONS } from '../postgres/postgres-options.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { type LogFormat, type LogLevel, NODE_RUNTIME_OPTIONS } from '../runtime/runtime-options.js'
import type { Runtime } from '../runtime/runtime.js'
import { readClusterFile } from './cluster-file.js'
import { loadApp } from './load-app.js'
import { UsageError } from './usage-error.js'

export const LOG_OPTION = {
  ...NODE_RUNTIME_OPTIONS.logLevel,
  default: 'info',
  description: 'The lowest level that is logged to stderr.',
} as const

export const LOG_FORMAT_OPTION = {
  ...NODE_RUNTIME_OPTIONS.logFormat,
  description: 'JSON lines, or text for people. If not given, text on a terminal and JSON lines elsewhere.',
} as const

export const ROLE_OPTIONS = {
  cluster: {
    ...TEXT,
    value: 'file',
    required:
      "Name the JSON file that lists the cluster's backs, the same for all backs and fronts: --cluster cluster.json.",
    description:
      'For a static cluster: a JSON file with the options of staticCluster, which lists the backs with their ids, addresses and channels. For a dynamic cluster: the URL of its database, postgres://…; prefer the variable if the URL contains a password. The same for all backs and fronts.',
  },
  schema: { ...POSTGRES_OPTIONS.schema, description: "In a dynamic cluster: the schema of the cluster's tables." },
  key: {
    ...TEXTS,
    value: 'secret',
    secret: true,
    description:
      "The cluster's secret, at least 32 bytes, the same for all backs and fronts; it wins over a key in the file. Every front needs it, and so does every address beyond loopback. " +
      'If there are several, the first is used and all are accepted, so that a key can be changed without ending sessions. Prefer the variable, because other users of the machine can read command lines. centrum key makes a key.',
  },
  log: LOG_OPTION,
  logFormat: LOG_FORMAT_OPTION,
} as const satisfies OptionTable

export interface RoleValues {
  readonly cluster: string
  readonly schema: string
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
  values: RoleValues,
  runtime: Runtime,
): Promise<{ readonly app: App; readonly cluster: Cluster; readonly endCluster: () => Promise<void> }> {
  const { cluster } = values
  const key = values.key.length > 1 ? values.key : values.key[0]
  if (!isDatabase(cluster)) {
    const list = readClusterFile(cluster, { key })
    return { app: await loadApp(file), cluster: list, endCluster: () => Promise.resolve() }
  }
  if (key === undefined)
    throw new UsageError(
      '--key is missing (and CENTRUM_KEY is not set). Give all backs and fronts of the cluster the same key; centrum key makes one.',
    )
  const app = await loadApp(file)
  const { postgresCluster } = await import('../postgres/postgres-cluster.js')
  const living = postgresCluster({ url: cluster, schema: values.schema, key, runtime })
  return { app, cluster: living, endCluster: () => living.close() }
}

/** Whether backs find each other there, rather than in a file that lists them. */
export function isDatabase(cluster: string): boolean {
  return /^postgres(ql)?:\/\//.test(cluster)
}

/** A master of a list needs a name; elsewhere one is made. Throws a `UsageError`. */
export function expectId(id: string | undefined, { cluster }: Pick<RoleValues, 'cluster'>, remedy: string): void {
  if (id === undefined && !isDatabase(cluster))
    throw new UsageError(`--id is missing (and CENTRUM_ID is not set). ${remedy}`)
}
