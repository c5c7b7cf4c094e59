/**
 * Imports between the folders of src/ go one way. The table says who may know whom, and why; a folder without a row, and
 * an import without a permission, fail with the reason. Imports of types count like any other.
 */
import { after, test } from 'node:test'
import { builtinModules } from 'node:module'
import { isExportDeclaration, isImportDeclaration } from 'typescript/unstable/ast'
import { assertNone } from '../support/findings.js'
import { assertOnlyKnown, CIRCLES } from './known-violations.js'
import { type ImportStatement, importsOf, openSourceTree, type SourceModule } from '../support/source-tree.js'

interface Row {
  /** Folders of src/ whose files it may import. */
  readonly knows: readonly string[]
  /** Folders of which it may import types only, by `import type`. */
  readonly knowsTypesOf?: readonly string[]
  /** Packages it may import; `node` stands for what Node brings along. */
  readonly packages?: readonly string[]
  /** Single files that may import more packages than their folder. */
  readonly packagesOf?: Readonly<Record<string, readonly string[]>>
  /** What the folder is, and so why it knows no more. */
  readonly why: string
}

const ALLOWED: Readonly<Record<string, Row>> = {
  value: { knows: [], why: 'values and bytes stand below everything, and run in a browser' },
  options: {
    knows: ['value', 'protocol'],
    why: 'it says how options are declared and reads them, whatever they are for; it runs in a browser',
  },
  runtime: {
    knows: ['options'],
    packages: ['node', 'pino'],
    why: 'it is the edge to the machine: time, chance and logs, of use to all and bound to none',
  },
  protocol: { knows: ['value'], why: 'frames are bytes with names; they run in a browser and ask no clock' },
  state: { knows: ['value'], why: 'state becomes bytes and back without knowing who sends them; it runs in a browser' },
  history: {
    knows: ['value', 'protocol', 'options'],
    why: 'it keeps blocks as they were made, for either side of a link',
  },
  session: {
    knows: ['value', 'protocol', 'runtime', 'options'],
    why: "a client's end of a link is one state machine, used by client, front and back alike; it runs in a browser",
  },
  link: {
    knows: ['value', 'protocol', 'runtime', 'options'],
    packages: ['node'],
    why: 'it carries packets between masters and must not depend on what is in them',
  },
  cluster: {
    knows: ['value', 'protocol', 'runtime', 'options'],
    knowsTypesOf: ['store'],
    packages: ['node'],
    why: 'it says who is there, who owns what, and where that is kept; masters ask it, it asks nobody',
  },
  store: {
    knows: ['value', 'protocol', 'runtime', 'options'],
    packages: ['node'],
    why: 'it says what a back asks of a store, and holds the one in memory; bytes go in and come out',
  },
  sqlite: {
    knows: ['store', 'protocol', 'options'],
    packages: ['node'],
    why: 'it is a store like any other, and knows no master that uses it',
  },
  postgres: {
    knows: ['store', 'cluster', 'protocol', 'runtime', 'options'],
    packages: ['node'],
    why: 'it is a cluster and a store like any other, and knows no master that uses it',
  },
  durable: {
    knows: ['value', 'protocol', 'options', 'runtime', 'store'],
    packages: ['node'],
    why: 'it makes bytes of what outlives an owner, and has them stored, without knowing channels at work',
  },
  channel: {
    knows: ['value', 'protocol', 'runtime', 'options'],
    knowsTypesOf: ['state'],
    why: 'it holds definitions and the types users see, and knows no master that runs them',
  },
  relay: {
    knows: ['value', 'protocol', 'runtime', 'history', 'session', 'link', 'cluster', 'channel', 'options'],
    why: 'it carries sessions to backs, for fronts, and for backs whose channels speak to channels of others',
  },
  back: {
    knows: 'relay value protocol runtime state history session link cluster channel options store durable'.split(' '),
    packages: ['node'],
    why: 'it owns channels, whoever carries their clients',
  },
  front: {
    knows: ['relay', 'value', 'protocol', 'runtime', 'history', 'session', 'link', 'cluster', 'channel', 'options'],
    packages: ['node'],
    why: 'it forwards what backs encoded, whoever runs them',
  },
  gateway: {
    knows: ['relay', 'front', 'protocol', 'runtime', 'options'],
    packages: ['node', 'ws'],
    why: 'it is a thin face of WebSockets over the port of front/, and whatever it needs is asked for there',
  },
  client: {
    knows: ['value', 'protocol', 'state', 'session', 'runtime', 'options'],
    knowsTypesOf: ['channel'],
    packagesOf: { 'src/client/node.ts': ['ws'] },
    why: 'it runs in browsers and is small: of the definitions it sees the types, which cost nothing',
  },
  predict: {
    knows: ['value', 'protocol', 'options'],
    knowsTypesOf: ['channel'],
    why: 'it computes what a page shows, from links that it is given; it runs in a browser and asks no clock',
  },
  react: {
    knows: ['client', 'protocol', 'runtime'],
    knowsTypesOf: ['channel'],
    packages: ['react'],
    why: 'it shows links in components: whatever it needs of them a user has as well',
  },
  run: {
    knows: [
      'value',
      'protocol',
      'runtime',
      'history',
      'channel',
      'link',
      'cluster',
      'back',
      'front',
      'gateway',
      'options',
      'store',
      'sqlite',
      'postgres',
    ],
    packages: ['node'],
    why: 'it puts masters and gateway together; what they do is theirs',
  },
  testing: {
    knows: 'value protocol options runtime session channel link cluster back front gateway client run store'.split(' '),
    why: 'it runs the real masters and clients on a clock, a network and chance of its own; nothing of them knows that',
  },
  inspector: {
    knows: ['channel', 'front', 'state', 'cluster', 'run', 'runtime', 'client', 'options', 'protocol'],
    packages: ['node'],
    why: 'it is an app and a page that watch a cluster as a front of their own; nothing of the cluster knows them',
  },
  cli: {
    knows: 'run inspector cluster channel protocol runtime options store postgres'.split(' '),
    packages: ['node'],
    why: 'it reads flags and files and calls run/, like any program of a user',
  },
  'index.ts': {
    knows: ['value', 'protocol', 'runtime', 'channel', 'link', 'cluster', 'back', 'front', 'relay', 'gateway', 'run'],
    why: 'it names what `centrum` exports; clients and state have exports of their own',
  },
}

/** Pairs that would break a promise. The table forbids them too; this says what would break. */
const NEVER: readonly { from: string; to: string; because: string }[] = [
  { from: 'front', to: 'state', because: 'state and patches stay encoded: a front does not open them (S7)' },
  { from: 'gateway', to: 'state', because: 'state and patches stay encoded: a front does not open them (S7)' },
  { from: 'front', to: 'back', because: 'the two are processes of their own and meet in frames only' },
  { from: 'back', to: 'front', because: 'the two are processes of their own and meet in frames only' },
  { from: 'back', to: 'gateway', because: 'only a front has clients' },
  { from: 'client', to: 'back', because: 'a browser must not carry a server' },
  { from: 'client', to: 'front', because: 'a browser must not carry a server' },
]

/** Folders with an export of the package, whose index.ts names what is public. Anywhere else such a file hides where things are. */
const EXPORTED = [
  'src/index.ts',
  'src/client/index.ts',
  'src/state/index.ts',
  'src/protocol/index.ts',
  'src/testing/index.ts',
  'src/sqlite/index.ts',
  'src/postgres/index.ts',
  'src/predict/index.ts',
  'src/react/index.ts',
]

const tree = openSourceTree()
after(() => tree.close())
const sources = tree.under('src')
const imports: ReadonlyMap<string, readonly ImportStatement[]> = new Map(
  sources.map((source) => [source.path, importsOf(source)]),
)

test('imports between folders go one way', () => {
  const wrong: string[] = []
  for (const { path } of sources) {
    const folder = folderOf(path)
    const row = ALLOWED[folder]
    if (!row) {
      wrong.push(`${path}: src/${folder} has no row in the table of allowed imports. Add one, with its reason.`)
      continue
    }
    for (const statement of imports.get(path) ?? []) {
      const reason = statement.target
        ? reasonAgainst(folder, row, folderOf(statement.target), statement)
        : reasonAgainstPackage(path, row, statement.specifier)
      if (reason)
        wrong.push(`${path}:${statement.line} imports ${statement.target ?? statement.specifier}, but ${reason}`)
    }
  }
  assertNone(wrong, 'Files import what they must not know:')
})

test('each relative import names a file that exists, with its ending', () => {
  const paths = new Set(sources.map(({ path }) => path))
  const wrong = [...imports].flatMap(([path, statements]) =>
    statements
      .filter(({ target, specifier }) => target && (!paths.has(target) || !specifier.endsWith('.js')))
      .map(({ line, specifier }) => `${path}:${line} imports ${specifier}, which is no file of src/`),
  )
  assertNone(wrong, 'Imports that lead nowhere, or out of src/:')
})

test('no file imports itself through others, types included', () => {
  const edges = new Map(
    [...imports].map(([path, statements]) => [path, statements.flatMap(({ target }) => target ?? [])]),
  )
  const inCircle = [...edges.keys()].flatMap((path) => {
    const way = shortestWayBack(edges, path)
    return way === undefined ? [] : [[path, way.join(' → ')] as const]
  })
  const ways = new Map(inCircle)
  assertOnlyKnown(
    [...ways.keys()],
    CIRCLES,
    (path) => ways.get(path) ?? path,
    'Import cycles. Two files that need each other are one idea, or share a third one:',
  )
})

test('only exported folders have an index, and nothing else is a barrel', () => {
  const wrong: string[] = []
  for (const source of sources) {
    const isIndex = EXPORTED.includes(source.path)
    if (!isIndex && source.path.endsWith('/index.ts'))
      wrong.push(`${source.path}: its folder is no export of the package`)
    if (!isIndex && isBarrel(source)) wrong.push(`${source.path} only passes on what others hold: import from them`)
    for (const { names, reexport, typeOnly, line, specifier } of imports.get(source.path) ?? []) {
      // The types of one's own index are the same for another kind of importer.
      const ownTypes = typeOnly && specifier === './index.js'
      if (reexport && names.includes('*') && !ownTypes)
        wrong.push(`${source.path}:${line} exports * from ${specifier}: name each`)
    }
  }
  assertNone(wrong, 'Barrels:')
})

function folderOf(path: string): string {
  return path.split('/')[1] ?? path
}

function reasonAgainst(from: string, row: Row, to: string, statement: ImportStatement): string | undefined {
  if (from === to || row.knows.includes(to)) return undefined
  if (row.knowsTypesOf?.includes(to)) {
    return statement.typeOnly ? undefined : `${from}/ may take types only from ${to}/, by \`import type\`: ${row.why}.`
  }
  const never = NEVER.find((pair) => pair.from === from && pair.to === to)
  const list = row.knows.length > 0 ? row.knows.map((name) => `${name}/`).join(', ') : 'nobody'
  return never ? `${from}/ must never know ${to}/: ${never.because}.` : `${from}/ knows ${list}: ${row.why}.`
}

function reasonAgainstPackage(path: string, row: Row, specifier: string): string | undefined {
  const allowed = [...(row.packages ?? []), ...(row.packagesOf?.[path] ?? [])]
  if (specifier.startsWith('node:'))
    return allowed.includes('node') ? undefined : `what Node brings is not for it: ${row.why}.`
  if (builtinModules.includes(specifier)) return `what Node brings is imported as node:${specifier}.`
  return allowed.includes(specifier)
    ? undefined
    : `its folder may import ${allowed.join(', ') || 'no package'}: ${row.why}.`
}

function isBarrel({ tree: { statements } }: SourceModule): boolean {
  const passedOn = statements.filter((statement) => isExportDeclaration(statement) && statement.moduleSpecifier)
  return passedOn.length > 0 && statements.every((node) => isExportDeclaration(node) || isImportDeclaration(node))
}

/** The shortest path from a file through others to itself. */
function shortestWayBack(edges: ReadonlyMap<string, readonly string[]>, start: string): string[] | undefined {
  const ways: string[][] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const next of edges.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start]
      if (seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return undefined
}
