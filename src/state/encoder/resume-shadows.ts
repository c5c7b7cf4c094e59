/**
 * Makes the shadows of a state of what a mirror knows of it, so that an encoder goes on where another stopped: with the same numbers of shapes
 * and the same slots, so that mirrors of that state take its next patch.
 */
import type { Key } from '../format/fields.js'
import { KIND, KIND_BYTES } from '../format/state-format.js'
import { rangeBytes, type TypeInfo } from '../schema/type-info.js'
import type { CollectionNode, MirrorKind, MirrorNode, MirrorShape } from '../mirror/mirror-nodes.js'
import {
  BytesShadow,
  CollectionShadow,
  ListShadow,
  type Published,
  type Shape,
  TRACKED_ENTRIES_MIN,
} from '../shadow/shadow.js'
import { type Adopter, ownValue } from './adopt.js'
import { watch } from './watcher.js'

/** The state is `holder.state`. */
export function resumeShadows(
  a: Adopter,
  shapes: readonly (MirrorShape | undefined)[],
  node: MirrorNode | undefined,
  state: unknown,
  type: TypeInfo | undefined,
  holder: object,
): Published {
  const { announced } = a.shapes
  announced.length = shapes.length
  announced.fill(undefined)
  const known = new KnownShapes(a, shapes)
  const published = visit(a, known, node, state, type, holder, 'state')
  // Those that nothing has any more have their numbers until they are given up.
  shapes.forEach((shape, id) => {
    if (shape !== undefined && announced[id] === undefined) known.of(shape, undefined)
  })
  return published
}

/** The shapes of the mirror, and what they are here. */
class KnownShapes {
  readonly #adopter: Adopter
  readonly #known = new Map<MirrorShape, Shape>()
  readonly #numbers: ReadonlyMap<MirrorShape | undefined, number>

  constructor(adopter: Adopter, shapes: readonly (MirrorShape | undefined)[]) {
    this.#adopter = adopter
    this.#numbers = new Map(shapes.map((shape, id) => [shape, id]))
  }

  of(shape: MirrorShape, declared: TypeInfo | undefined): Shape {
    let found = this.#known.get(shape)
    if (found === undefined) this.#known.set(shape, (found = this.#restore(shape, declared)))
    return found
  }

  #restore(shape: MirrorShape, declared: TypeInfo | undefined): Shape {
    const { shapes } = this.#adopter
    const id = this.#numbers.get(shape) as number
    const kinds = shape.kinds.map(({ kind }) => kind)
    if (doesFit(shape, declared)) return shapes.restore(id, shape.keys, kinds, declared)
    return shapes.restoreMisfit(id, shape.keys, kinds, shape.kinds.map(typeOf))
  }
}

function visit(
  a: Adopter,
  known: KnownShapes,
  node: MirrorNode | undefined,
  value: unknown,
  type: TypeInfo | undefined,
  holder: object,
  key: Key,
): Published {
  if (node === undefined) return value as Published
  const { nodes } = node
  if (node.sort === 'bytes') return new BytesShadow(node.value)
  if (node.sort === 'struct') {
    const fields = node.value
    const shape = known.of(node.shape, type?.check === 'struct' ? type : undefined)
    const published = shape.keys.map((name, i) =>
      visit(a, known, nodes?.[i], fields[name], type?.fields?.[name], fields, name),
    )
    return new shape.code.Shadow(fields, shape, published)
  }
  if (node.sort === 'list') {
    const shadow = new ListShadow(node.value, type?.element)
    shadow.items = Array.from(node.value, (item, i) => visit(a, known, nodes?.[i], item, shadow.type, node.value, i))
    return shadow
  }
  const shadow = visitEntries(a, known, node, type?.element)
  watch(a, shadow, holder, key)
  return shadow
}

function visitEntries(
  a: Adopter,
  known: KnownShapes,
  node: CollectionNode,
  type: TypeInfo | undefined,
): CollectionShadow {
  const { value, nodes } = node
  const shadow = new CollectionShadow(node.sort, value, type)
  node.keys.forEach((name, slot) => {
    if (name === undefined) return shadow.addHole()
    const entry: unknown = value instanceof Map ? value.get(name) : ownValue(value, name as string)
    const { outer, outerKey } = a
    if (node.size >= TRACKED_ENTRIES_MIN) {
      a.outer = shadow
      a.outerKey = name
    }
    shadow.add(name, visit(a, known, nodes?.[slot], entry, type, value, name))
    a.outer = outer
    a.outerKey = outerKey
  })
  return shadow
}

/** Whether objects of a declared type, or of none, would be written in this shape. */
function doesFit({ keys, kinds }: MirrorShape, declared: TypeInfo | undefined): boolean {
  return keys.every((key, i) => {
    const { kind, min, step, size } = kinds[i] as MirrorKind
    if (declared === undefined) return kind === KIND.any || kind === KIND.f64
    const field = declared.fields?.[key]
    if (field?.kind !== kind) return false
    return kind !== KIND.range || (field.min === min && field.step === step && rangeBytes(field) === size)
  })
}

/** As much of a type as writing a field takes. */
function typeOf({ kind, min, step, size }: MirrorKind): TypeInfo | undefined {
  if (kind === KIND.any || kind === KIND.f64) return undefined
  const isRange = kind === KIND.range
  return {
    name: 'number',
    kind,
    check: 'number',
    min,
    max: isRange ? min + step * (2 ** (8 * size) - 1) : (KIND_BYTES[kind] as number),
    step,
    fields: undefined,
    element: undefined,
    isOptional: false,
  }
}
