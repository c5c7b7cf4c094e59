/**
 * Time, timers, chance and logging come in through src/runtime/ as arguments, so that the whole system can run on a clock
 * that a test moves. This forbids the ways around it, and what a browser lacks where the code must run in one. Names are
 * resolved: a method called `setTimeout` or a local called `process` is nobody's concern.
 */
import { after, test } from 'node:test'
import {
  isIdentifier,
  isNewExpression,
  isPropertyAccessExpression,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { assertNone } from '../support/findings.js'
import { importsOf, lineOf, openSourceTree, type SourceModule, walk } from '../support/source-tree.js'

/** Bundlers write the value of what it asks for in its place; it expects that there may be no `process`. */
const REPLACED = 'src/client/development-help.ts'

interface Ban {
  /** Globals, or `global.member` for a single member. `new Date` stands for the call without arguments. */
  readonly names: readonly string[]
  /** Names taken from Node's modules, as `module` or `module#name`. */
  readonly imports?: readonly string[]
  /** Where it is allowed: folders or files of src/. */
  readonly except: readonly string[]
  readonly instead: string
}

const BANS: readonly Ban[] = [
  {
    names: ['Date.now', 'new Date', 'performance', 'process.hrtime', 'process.uptime'],
    imports: ['node:perf_hooks'],
    except: ['src/runtime/'],
    instead: 'ask the clock of the runtime that was handed in',
  },
  {
    // queueMicrotask stays allowed: it orders what happens within one moment and waits for no clock.
    names: [
      'setTimeout',
      'setInterval',
      'setImmediate',
      'clearTimeout',
      'clearInterval',
      'clearImmediate',
      'AbortSignal.timeout',
      'process.nextTick',
    ],
    imports: ['node:timers', 'node:timers/promises'],
    except: ['src/runtime/'],
    instead: 'use `after` or `soon` of the clock that was handed in, or queueMicrotask for order alone',
  },
  {
    names: ['Math.random', 'crypto'],
    imports: [
      'randomBytes',
      'randomInt',
      'randomUUID',
      'randomFill',
      'randomFillSync',
      'getRandomValues',
      'webcrypto',
    ].map((name) => `node:crypto#${name}`),
    except: ['src/runtime/'],
    instead: 'use the random source of the runtime that was handed in',
  },
  {
    names: ['console'],
    except: ['src/runtime/'],
    instead: 'use the log that was handed in; a command writes through src/cli/terminal.ts',
  },
  {
    names: ['process.stdout', 'process.stderr'],
    except: ['src/runtime/', 'src/cli/terminal.ts'],
    instead: 'a command writes through src/cli/terminal.ts, all else through the log that was handed in',
  },
  {
    names: ['process.env', 'process.argv', 'process.exit', 'process.exitCode'],
    imports: ['node:process'],
    except: ['src/runtime/', 'src/cli/', REPLACED],
    instead: 'take it as an option: only a command reads its surroundings and ends a process',
  },
]

/** What runs in browsers, and so does without what only Node has. */
const BROWSER = [
  'src/predict/',
  'src/react/',
  'src/value/',
  'src/protocol/',
  'src/options/',
  'src/session/',
  'src/state/',
  'src/client/',
  'src/runtime/browser-runtime.ts',
]
const NODE_ONLY = ['Buffer', 'process', 'require', 'global', '__dirname', '__filename']

const tree = openSourceTree()
after(() => tree.close())
const sources = tree.under('src')

test('time, timers, chance, logs and surroundings come in as arguments', () => {
  const wrong: string[] = []
  for (const ban of BANS) {
    for (const source of sources.filter(({ path }) => !ban.except.some((place) => path.startsWith(place)))) {
      for (const [line, name] of [...globalsUsed(source, ban.names), ...importsUsed(source, ban.imports ?? [])]) {
        wrong.push(`${source.path}:${line} uses ${name}: ${ban.instead}.`)
      }
    }
  }
  assertNone(wrong, 'Taken from the surroundings:')
})

test('what runs in a browser uses nothing that only Node has', () => {
  const wrong: string[] = []
  const ofBrowsers = sources.filter(({ path }) => BROWSER.some((place) => path.startsWith(place)) && path !== REPLACED)
  for (const source of ofBrowsers) {
    for (const [line, name] of globalsUsed(source, NODE_ONLY)) {
      wrong.push(`${source.path}:${line} uses ${name}, which browsers lack.`)
    }
  }
  assertNone(wrong, 'Code for browsers that needs Node:')
})

function globalsUsed(source: SourceModule, names: readonly string[]): [line: number, name: string][] {
  const found: [number, string][] = []
  walk(source.tree, (node) => {
    if (!isIdentifier(node) || isMemberName(node)) return
    const name = names.find((candidate) => stands(node, candidate))
    if (name && tree.isGlobal(node)) found.push([lineOf(source, node), name])
  })
  return found
}

/** Whether an identifier is where a banned name begins: `Date` of `Date.now`, `Date` of `new Date()`, `console`. */
function stands(node: Node & { readonly text: string }, name: string): boolean {
  if (name.startsWith('new ')) {
    const created = node.parent
    return node.text === name.slice(4) && isNewExpression(created) && (created.arguments ?? []).length === 0
  }
  const [head, member] = name.split('.')
  const named = node.text === 'globalThis' ? node.parent : node
  if (nameOf(named) !== head) return false
  return member === undefined || (isPropertyAccessExpression(named.parent) && named.parent.name.text === member)
}

function nameOf(node: Node): string | undefined {
  if (isIdentifier(node)) return node.text
  return isPropertyAccessExpression(node) ? node.name.text : undefined
}

/** Whether it only names a member, a type or a property, and so reads no variable. */
function isMemberName(node: Node): boolean {
  const { parent } = node
  if (isPropertyAccessExpression(parent)) return parent.name === node
  return (
    [
      SyntaxKind.PropertyAssignment,
      SyntaxKind.PropertySignature,
      SyntaxKind.PropertyDeclaration,
      SyntaxKind.MethodDeclaration,
      SyntaxKind.MethodSignature,
      SyntaxKind.TypeReference,
      SyntaxKind.QualifiedName,
      SyntaxKind.TypeQuery,
      SyntaxKind.ImportSpecifier,
      SyntaxKind.ExportSpecifier,
    ].includes(parent.kind) && !('initializer' in parent && parent.initializer === node)
  )
}

function importsUsed(source: SourceModule, banned: readonly string[]): [line: number, name: string][] {
  return importsOf(source).flatMap(({ specifier, names, typeOnly, line }) => {
    if (typeOnly) return []
    const taken = names.map((name) => `${specifier}#${name}`)
    const whole = banned.filter(
      (name) => name === specifier || (names.includes('*') && name.startsWith(`${specifier}#`)),
    )
    const single = banned.filter((name) => taken.includes(name))
    return [...whole.slice(0, 1), ...single].map((name): [number, string] => [line, name.replace('#', ' › ')])
  })
}
