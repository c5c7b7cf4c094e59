/** A map that holds so many keys and no more: the one that was set longest ago is evicted first. Knows nothing of what it holds. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #sizeMax: number

  constructor(sizeMax: number) {
    super()
    this.#sizeMax = sizeMax
  }

  override set(key: K, value: V): this {
    this.delete(key)
    super.set(key, value)
    if (this.size > this.#sizeMax) this.delete(this.keys().next().value as K)
    return this
  }
}
