/**
 * Keeps out of an app, by its types, what no state can hold. It is looked for where an app is put together, as a definition that is
 * generic knows no more than its type parameters. Types only; what the types do not tell is refused as a turn ends.
 */

/** `unknown` where all of it can be encoded as far as its type tells; else a sentence with the first that cannot, and what to use. */
export type EncodableState<S, What extends string> = [FaultOf<S, What>] extends [never]
  ? unknown
  : `the ${What} of this channel cannot hold all that it declares: ${FaultOf<S, What>}`

/** How deep it is looked: types may be without end. */
type Levels = readonly [1, 1, 1, 1, 1, 1]

/** What cannot be encoded, by the key that it is found under. */
type FaultOf<V, Key extends string, Left extends readonly 1[] = Levels> = unknown extends V
  ? never
  : V extends bigint | symbol
    ? `'${Key}' is a ${V extends bigint ? 'bigint' : 'symbol'}, use a number or a string`
    : V extends object
      ? FaultOfObject<V, Key, Left>
      : never

// Methods of classes are functions, and so is much that a state never holds: those are told at run time.
type FaultOfObject<V extends object, Key extends string, Left extends readonly 1[]> = V extends
  | Uint8Array
  | ((...args: never[]) => unknown)
  ? never
  : V extends Date
    ? `'${Key}' is a Date, use milliseconds`
    : V extends PromiseLike<unknown>
      ? `'${Key}' is a promise, await it before it becomes state`
      : V extends ReadonlyMap<infer K, infer Entry>
        ? FaultOfKeys<K, Key> | FaultWithin<Entry, Key, Left>
        : V extends ReadonlySet<unknown>
          ? `'${Key}' is a Set, use a Map or a list`
          : V extends readonly (infer Entry)[]
            ? FaultWithin<Entry, Key, Left>
            : { [K in keyof V & (string | number)]-?: FaultWithin<V[K], `${K}`, Left> }[keyof V & (string | number)]

type FaultOfKeys<K, Key extends string> = [K] extends [string | number]
  ? never
  : `the keys of '${Key}' are neither strings nor numbers`

type FaultWithin<V, Key extends string, Left extends readonly 1[]> = Left extends readonly [1, ...infer Rest]
  ? Rest extends readonly 1[]
    ? FaultOf<V, Key, Rest>
    : never
  : never
