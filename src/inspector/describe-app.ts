/** What an app declares, as plain values for a page to show: patterns, and what may be sent by name. Knows no master. */
import type { App } from '../channel/app.js'
import type { StandardSchema } from '../channel/standard-schema.js'

export interface DescribedPayload {
  readonly name: string
  /** plain, broadcastable or internal. */
  readonly kind: string
  /** JSON Schema, as text, where the schema's library can say it; else null. */
  readonly schema: string | null
}

export interface DescribedChannel {
  readonly pattern: string
  readonly options: string | null
  readonly messages: readonly DescribedPayload[]
  readonly requests: readonly DescribedPayload[]
  readonly events: readonly string[]
  readonly tickMs: number
  readonly writers: string
  readonly durability: string
}

export function describeApp(app: App): DescribedChannel[] {
  return [...app.channels].map(([pattern, { contract }]) => ({
    pattern,
    options: contract.options === null ? null : (jsonSchemaOf(contract.options) ?? '{}'),
    messages: [...contract.messages].map(([name, { kind, schema }]) => ({ name, kind, schema: jsonSchemaOf(schema) })),
    requests: [...contract.requests].map(([name, { kind, input }]) => ({ name, kind, schema: jsonSchemaOf(input) })),
    events: [...contract.events.keys()],
    tickMs: contract.tickMs,
    writers: contract.writers,
    durability: contract.durability,
  }))
}

/** By the interface for it beside Standard Schema, which not every library has, nor every schema of one that has. */
function jsonSchemaOf(schema: StandardSchema): string | null {
  const { jsonSchema } = schema['~standard'] as {
    readonly jsonSchema?: { input(options: { readonly target: string }): unknown }
  }
  try {
    return jsonSchema === undefined ? null : JSON.stringify(jsonSchema.input({ target: 'draft-2020-12' }))
  } catch {
    return null
  }
}
