/**
 * Makes the shadows of a state of what a mirror knows of it, so that an encoder goes on where another stopped: with the same numbers of shapes
 * and the same slots, so that mirrors of that state take its next patch.
 */
import { KIND, KIND_BYTES } from '../format/state-format.js'
import { rangeBytes, type TypeInfo } from '../schema/type-info.js'
import type { MirrorKind, MirrorNode, MirrorShape, StructNode } from '../mirror/mirror-nodes.js'
import {
  type AnyShadow,
  BytesShadow,
  CollectionShadow,
  ListShadow,
  type Published,
  type Shape,
  TRACKED_ENTRIES_MIN,
} from '../shadow/shadow.js'
import type { Key } from '../tracking/access-log.js'
import type { Adopter } from './adopt.js'
import { watch } from './watching.js'

/** `holder[key]` is where the state is. */
export function resumeShadows(
  a: Adopter,
  shapes: readonly (MirrorShape | undefined)[],
  node: MirrorNode | undefined,
  state: unknown,
  type: TypeInfo | undefined,
  holder: object,
): Published {
  a.shapes.announced.length = shapes.length
  a.shapes.announced.fill(undefined)
  const known = new Map<MirrorShape, Shape>()
  const numbers = new Map(shapes.map((shape, id) => [shape, id]))

  const restore = (shape: MirrorShape, declared: TypeInfo | undefined): Shape => {
    const id = numbers.get(shape) as number
    const kinds = shape.kinds.map(({ kind }) => kind)
    if (doesFit(shape, declared)) return a.shapes.restore(id, shape.keys, kinds, declared)
    return a.shapes.restoreMisfit(id, shape.keys, kinds, shape.kinds.map(typeOf))
  }

  const shapeOf = ({ shape }: StructNode, declared: TypeInfo | undefined): Shape => {
    let found = known.get(shape)
    if (found === undefined) known.set(shape, (found = restore(shape, declared)))
    return found
  }

  const visit = (
    node: MirrorNode | undefined,
    value: unknown,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ): Published => (node === undefined ? (value as Published) : visitContainer(node, type, holder, key))

  const visitContainer = (node: MirrorNode, type: TypeInfo | undefined, holder: object, key: Key): AnyShadow => {
    const { nodes } = node
    if (node.sort === 'bytes') return new BytesShadow(node.value)
    if (node.sort === 'struct') {
      const { value } = node
      const shape = shapeOf(node, type?.check === 'struct' ? type : undefined)
      const fields = shape.keys.map((name, i) => visit(nodes?.[i], value[name], type?.fields?.[name], value, name))
      return new shape.code.Shadow(value, shape, fields)
    }
    if (node.sort === 'list') {
      const shadow = new ListShadow(node.value, type?.element)
      shadow.items = Array.from(node.value, (item, i) => visit(nodes?.[i], item, shadow.type, node.value, i))
      return shadow
    }
    const { value, keys } = node
    const shadow = new CollectionShadow(node.sort, value, type?.element)
    keys.forEach((name, slot) => {
      if (name === undefined) return shadow.addHole()
      const entry: unknown =
        value instanceof Map ? value.get(name) : Object.getOwnPropertyDescriptor(value, name)?.value
      const { outer, outerKey } = a
      if (node.size >= TRACKED_ENTRIES_MIN) {
        a.outer = shadow
        a.outerKey = name
      }
      shadow.add(name, visit(nodes?.[slot], entry, shadow.type, value, name))
      a.outer = outer
      a.outerKey = outerKey
    })
    watch(a, shadow, holder, key)
    return shadow
  }

  const published = visit(node, state, type, holder, 'state')
  // Those that nothing has any more have their numbers until they are given up.
  shapes.forEach((shape, id) => {
    if (shape !== undefined && a.shapes.announced[id] === undefined) restore(shape, undefined)
  })
  return published
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
