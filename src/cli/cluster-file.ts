/**
 * The cluster's file: the options of `staticCluster` as JSON. The key may stand in it, and is better given from outside.
 * Knows nothing of masters.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Cluster } from '../cluster/cluster.js'
import { staticCluster, type StaticClusterOptions } from '../cluster/static-cluster.js'
import { jsonProblem } from './json-problem.js'
import { codeOf, UsageError } from './usage-error.js'

const EXAMPLE = '{ "backs": [{ "id": "back-1", "address": "tcp://127.0.0.1:4101", "channels": ["lobby", "arena/*"] }] }'

export interface ClusterFileOptions {
  /** Wins over a key in the file. Of several the first is used, and all are accepted. */
  readonly key: string | readonly string[] | undefined
}

/** Throws a `UsageError` that names the file, the place in it and the remedy. */
export function readClusterFile(given: string, { key }: ClusterFileOptions): Cluster {
  const path = resolve(given)
  const options = parse(given, path)
  try {
    // Whatever the JSON is: `staticCluster` checks it down to the last address.
    return staticCluster((key === undefined ? options : withKey(options, key)) as StaticClusterOptions)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const text = error.message.replace(/^staticCluster: /, '')
    throw new UsageError(text.startsWith('key ') ? text : `${given}: ${text}`, { cause: error })
  }
}

function parse(given: string, path: string): unknown {
  const text = read(given, path)
  const problem = jsonProblem(text)
  if (problem === null) return JSON.parse(text)
  throw new UsageError(
    `${given} is not valid JSON: at line ${problem.line}, column ${problem.column}, ${problem.what}. It should look like ${EXAMPLE}`,
  )
}

function read(given: string, path: string): string {
  try {
    // Some editors begin a file with this mark, and JSON does not know it.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') {
      throw new UsageError(
        `--cluster is '${given}', but that file does not exist (looked for ${path}). Create one that lists the cluster's backs: ${EXAMPLE}`,
      )
    }
    const why = code === 'EISDIR' ? 'that is a folder' : `it can't be read (${code ?? String(error)})`
    throw new UsageError(`--cluster is '${given}', but ${why}. Name a JSON file such as ${EXAMPLE}`, {
      cause: error,
    })
  }
}

function withKey(options: unknown, key: string | readonly string[]): unknown {
  return typeof options === 'object' && options !== null && !Array.isArray(options) ? { ...options, key } : options
}
