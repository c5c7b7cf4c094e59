/**
 * The Standard Schema interface (version 1), as any schema library may implement it: zod, valibot, arktype, and others.
 * It is declared here and not imported, so that the emitted declarations need no package of that name.
 * It knows nothing of channels.
 */

/** What a schema library offers: a function that checks (and may convert) a value, and, for types only, both sides. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The interface that schema libraries implement: https://standardschema.dev. */
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The result of a check: `value` if it passed, `issues` if it did not. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The input type of a schema. */
export type InputOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly input: infer I }
    ? I
    : unknown
  : unknown

/** The output type of a schema. */
export type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer O }
    ? O
    : unknown
  : unknown
