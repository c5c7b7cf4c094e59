/**
 * What a reader finds by name: a file is called after its main export, one name means one thing in all of src/, and a
 * function fits on a screen. What is not so yet is listed in `known-violations.ts`, and the list only shrinks.
 */
import { after, test } from 'node:test'
import {
  isArrowFunction,
  isClassDeclaration,
  isEnumDeclaration,
  isFunctionDeclaration,
  isFunctionExpression,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isTypeAliasDeclaration,
  isVariableStatement,
  isConstructorDeclaration,
  isIdentifier,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { importsOf, openSourceTree, type SourceModule, walk } from '../support/source-tree.js'
import { assertOnlyKnown, LONG_FUNCTIONS, NAMES_TWICE, OTHER_MAIN_EXPORT } from './known-violations.js'

/** Longer than this, a function is a class or two functions. */
const FUNCTION_LINES_MAX = 70

/** Files that hold a set of equals and no main thing: what the set is. */
const SETS: Readonly<Record<string, string>> = {
  'src/link/socket-errors.ts': 'errors of sockets as sentences',
  'src/options/option-kinds.ts': 'the kinds of options',
  'src/channel/definition-parts.ts': 'the parts of a definition by name',
  'src/channel/back-api.ts': 'what users call on a back',
  'src/channel/front-api.ts': 'what users call on a front',
  'src/channel/client-api.ts': 'what users call on a link of a client',
  'src/channel/connection-api.ts': 'what users call on a connection',
  'src/protocol/frame-types.ts': 'the kinds of entries, items and senders, and the versions',
  'src/protocol/link-frames.ts': 'what frames of a link hold, on both hops',
  'src/protocol/master-frames.ts': 'the frames between masters',
  'src/protocol/master-packets.ts': 'the packets that carry them',
  'src/run/role-options.ts': 'the options of the three ways to start an app',
}

const tree = openSourceTree()
after(() => tree.close())
/** What the package exports, in browsers and in Node, only passes on what others hold. */
const sources = tree.under('src').filter(({ path }) => !/(^|\/)(index|client\/node)\.ts$/.test(path))
/** Files that others only import as a whole, as `ENTRY`: what they hold is called by the name of the whole. */
const wholes = new Set(
  sources
    .flatMap((source) => importsOf(source))
    .flatMap(({ target, names }) => (target !== undefined && names.length === 1 && names[0] === '*' ? [target] : [])),
)

interface Exported {
  readonly name: string
  readonly kind: 'value' | 'type'
}

function exportsOf({ tree: { statements } }: SourceModule): Exported[] {
  const found: Exported[] = []
  for (const node of statements) {
    if (!hasExport(node)) continue
    if (isFunctionDeclaration(node) || isClassDeclaration(node) || isEnumDeclaration(node)) {
      if (node.name) found.push({ name: node.name.text, kind: 'value' })
    } else if (isInterfaceDeclaration(node) || isTypeAliasDeclaration(node)) {
      found.push({ name: node.name.text, kind: 'type' })
    } else if (isVariableStatement(node)) {
      for (const { name } of node.declarationList.declarations) {
        if (isIdentifier(name)) found.push({ name: name.text, kind: 'value' })
      }
    }
  }
  // An overloaded function is declared several times.
  return found.filter(
    ({ name, kind }, index) => found.findIndex((other) => other.name === name && other.kind === kind) === index,
  )
}

function hasExport(node: Node): boolean {
  if (!('modifiers' in node)) return false
  const modifiers = (node.modifiers ?? []) as readonly Node[]
  return modifiers.some(({ kind }) => kind === SyntaxKind.ExportKeyword)
}

/** `link-end.ts` has `LinkEnd`, `linkEndOf` or, with a verb, `newLinkEnd`; `flags.ts` may have `flagOf`. */
function isCalledAfter(path: string, { name }: Exported): boolean {
  const [, stem = ''] = /([^/]+)\.ts$/.exec(path) ?? []
  const words = (text: string): string => text.replaceAll(/[-_]/g, '').toLowerCase().replace(/s$/, '')
  return words(name.replace(/Of$/, '')).endsWith(words(stem)) || words(name).endsWith(words(stem))
}

test('a file is called after its main export', () => {
  const wrong = new Map<string, string[]>()
  for (const source of sources) {
    const exported = exportsOf(source)
    if (exported.length === 0 || source.path in SETS || wholes.has(source.path)) continue
    if (!exported.some((each) => isCalledAfter(source.path, each))) {
      wrong.set(
        source.path,
        exported.map(({ name }) => name),
      )
    }
  }
  assertOnlyKnown(
    [...wrong.keys()],
    OTHER_MAIN_EXPORT,
    (path) => `${path} exports ${wrong.get(path)?.join(', ') ?? ''}`,
    'Call the file after its main export, or the export after the file:',
  )
})

test('an exported name means one thing in all of src/', () => {
  const places = new Map<string, Set<string>>()
  for (const source of sources.filter(({ path }) => !wholes.has(path))) {
    for (const { name } of exportsOf(source)) places.set(name, (places.get(name) ?? new Set()).add(source.path))
  }
  const twice = [...places].filter(([, paths]) => paths.size > 1).map(([name]) => name)
  assertOnlyKnown(
    twice,
    NAMES_TWICE,
    (name) => `${name}: ${[...(places.get(name) ?? [])].join(', ')}`,
    'One name, one thing. Name what differs:',
  )
})

test(`no function has more than ${FUNCTION_LINES_MAX} lines`, () => {
  const long = new Map<string, number>()
  for (const source of sources) {
    walk(source.tree, (node) => {
      if (!isCode(node)) return
      const lines = lineAt(source, node.end) - lineAt(source, node.getStart(source.tree)) + 1
      if (lines > FUNCTION_LINES_MAX) long.set(`${source.path} ${nameOf(node)}`, lines)
    })
  }
  assertOnlyKnown(
    [...long.keys()],
    LONG_FUNCTIONS,
    (where) => `${where} has ${long.get(where)} lines`,
    `Functions of more than ${FUNCTION_LINES_MAX} lines hold more than one idea:`,
  )
})

function isCode(node: Node): boolean {
  return (
    isFunctionDeclaration(node) ||
    isFunctionExpression(node) ||
    isArrowFunction(node) ||
    isMethodDeclaration(node) ||
    isConstructorDeclaration(node)
  )
}

function nameOf(node: Node): string {
  const named = 'name' in node && node.name !== undefined ? node : node.parent
  const name = 'name' in named ? (named.name as Node | undefined) : undefined
  return name !== undefined && isIdentifier(name) ? name.text : 'without a name'
}

function lineAt({ tree: file }: SourceModule, position: number): number {
  return file.getLineAndCharacterOfPosition(position).line + 1
}
