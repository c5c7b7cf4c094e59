/**
 * The tables of docs/protocol.md and those of the code are the same, in both directions: each frame, packet and part with its
 * type byte, its direction, and each field with its type, name and place.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { blockFields, keyframeFields, turnFields } from '../../src/protocol/blocks.js'
import { CLIENT_FRAMES, FRONT_FRAMES } from '../../src/protocol/client-frames.js'
import type { Field, FieldsByName } from '../../src/protocol/field.js'
import { FRAME_BYTES as FRAME } from '../../src/protocol/frame-bytes.js'
import type { FrameTable } from '../../src/protocol/frame-table.js'
import { ENTRY, ITEM, SENDER_KIND } from '../../src/protocol/frame-types.js'
import {
  answer,
  cancelled,
  entryFields,
  failure,
  itemList,
  linkedState,
  linkRequest,
  named,
  processorItem,
} from '../../src/protocol/link-frames.js'
import { identity, TO_BACK_FRAMES, TO_FRONT_FRAMES } from '../../src/protocol/master-frames.js'
import { greeting, PACKETS } from '../../src/protocol/master-packets.js'
import { origin } from '../../src/protocol/origin.js'
import { peerPlace } from '../../src/protocol/peer-place.js'
import { inProject } from '../support/project-root.js'

const PARTS: Readonly<Record<string, Field<unknown>>> = {
  origin,
  'link request': linkRequest,
  'linked state': linkedState,
  entry: entryFields,
  named,
  'peer place': peerPlace,
  cancelled,
  items: itemList,
  answer,
  failure,
  'processor item': processorItem,
  'shared block': blockFields,
  turn: turnFields,
  keyframe: keyframeFields,
  greeting,
  identity,
}

/** A type as the document writes it. */
function typeOf(field: Field<unknown>): string {
  const part = Object.entries(PARTS).find(([, of]) => of === field)
  if (part !== undefined) return `*${part[0]}*`
  const { wire, parts } = field
  if (parts === null) return wire in PARTS ? `*${wire}*` : wire
  if (wire === '') return `{${fieldsOf(parts)}}`
  return `${wire === 'list' ? 'list of' : wire} ${typeOf(parts['of'] as Field<unknown>)}`
}

function fieldsOf(fields: FieldsByName): string {
  const each = Object.entries(fields).map(([name, field]) => {
    const type = typeOf(field)
    return type.replaceAll('*', '') === name ? type : `${type} ${name}`
  })
  return each.length === 0 ? '–' : each.join(', ')
}

const protocol = readFileSync(inProject('docs/protocol.md'), 'utf8')

/** Rows of the tables of a heading whose first columns are as given, without what explains. */
function rowsOf(heading: string, columns: string): string[] {
  const section = protocol.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section
    .split(`| ${columns} | fields |\n`)
    .slice(1)
    .flatMap((table) => (table.split('\n\n')[0] ?? '').split('\n').slice(1))
  return rows.filter(Boolean).map((row) => {
    const cells = row.split('|').slice(1, -1)
    const fields = (cells.pop() ?? '').replace(/ \([^()]*\)/g, '').split(';')[0] ?? ''
    return [...cells, fields].map((cell) => cell.trim()).join(' | ')
  })
}

function rowOf(byte: number, name: string, fields: FieldsByName): string {
  return `0x${byte.toString(16).padStart(2, '0')} | ${name} | ${fieldsOf(fields)}`
}

function framesOf(table: FrameTable, arrow: string): string[] {
  return Object.entries(table).map(([name, { byte, fields }]) =>
    rowOf(byte, `${name.replace('master', '').toUpperCase()} ${arrow}`, fields),
  )
}

const reserved = rowOf(FRAME.volatile, 'VOLATILE ←', {})

for (const [what, heading, columns, expected] of [
  [
    'frames between client and front',
    'Client ↔ front',
    'type | frame',
    [...framesOf(CLIENT_FRAMES, '→'), ...framesOf(FRONT_FRAMES, '←'), reserved],
  ],
  [
    'frames between front and back',
    'Front ↔ back',
    'type | frame',
    [...framesOf(TO_BACK_FRAMES, '→'), ...framesOf(TO_FRONT_FRAMES, '←')],
  ],
  [
    'packets',
    'Front ↔ back',
    'type | packet',
    Object.entries(PACKETS).map(([name, { byte, fields }]) => rowOf(byte, name.toUpperCase(), fields)),
  ],
] as const) {
  test(`docs/protocol.md has the ${what} that the code has, field by field`, () => {
    assert.deepEqual(rowsOf(heading, columns).sort(), [...expected].sort())
  })
}

test('docs/protocol.md has the parts that the code has, field by field', () => {
  const rows = [...rowsOf('Client ↔ front', 'part'), ...rowsOf('Front ↔ back', 'part')]
  const expected = Object.entries(PARTS).map(([name, { wire, parts }]) => `${name} | ${parts ? fieldsOf(parts) : wire}`)
  assert.deepEqual([...rows].sort(), expected.sort())
})

test('every type that the tables name is a primitive or a part of docs/protocol.md', () => {
  const primitives = protocol.split('\n## Primitives\n')[1]?.split('\n## ')[0] ?? ''
  const known = new Set(
    [...primitives.matchAll(/^\| ([a-z0-9, ]+) \|/gm)].flatMap(([, names = '']) => names.split(', ')),
  )
  const tables = [CLIENT_FRAMES, FRONT_FRAMES, TO_BACK_FRAMES, TO_FRONT_FRAMES, PACKETS]
  const look = ({ wire, parts }: Field<unknown>): string[] =>
    parts === null ? [wire] : Object.values(parts).flatMap(look)
  const wires = [
    ...tables
      .flatMap((table) => Object.values<{ fields: FieldsByName }>(table))
      .flatMap(({ fields }) => Object.values(fields)),
    ...Object.values(PARTS),
  ].flatMap(look)
  for (const wire of new Set(wires)) assert.ok(known.has(wire) || wire in PARTS || wire === 'magic', wire)
})

test('docs/protocol.md numbers kinds and senders as the code does', () => {
  const words = (part: string): string[] => {
    const row = protocol.split('\n').find((line) => line.startsWith(`| ${part} |`)) ?? ''
    return [...row.matchAll(/\b\d+ [a-z]+\b/g)].map(([word]) => word)
  }
  const of = (ordinals: object): string[] => Object.entries(ordinals).map(([word, number]) => `${number} ${word}`)
  assert.deepEqual(words('entry').slice(0, 6).sort(), of(ENTRY).sort())
  assert.deepEqual(words('items').sort(), of(ITEM).sort())
  assert.deepEqual(words('identity').slice(0, 3).sort(), of(SENDER_KIND).sort())
})

test('no two frames of a hop have the same type byte', () => {
  for (const tables of [
    [CLIENT_FRAMES, FRONT_FRAMES],
    [TO_BACK_FRAMES, TO_FRONT_FRAMES],
    [PACKETS],
  ] as FrameTable[][]) {
    const bytes = tables.flatMap((table) => Object.values(table).map(({ byte }) => byte))
    assert.equal(new Set([...bytes, FRAME.volatile]).size, bytes.length + 1)
  }
})
