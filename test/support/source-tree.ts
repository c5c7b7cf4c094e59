/**
 * The project's own TypeScript files as syntax trees, for the tests of the house. Trees, not text, so that a word in a
 * comment or a string is never taken for code. Knows nothing of what the tests ask for.
 */
import { posix } from 'node:path'
import {
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isStringLiteral,
  type ExportSpecifier,
  type ImportClause,
  type ImportSpecifier,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import { filesUnder } from './files-under.js'
import { inProject, projectRoot } from './project-root.js'

export interface SourceModule {
  /** Relative to the project, with forward slashes: `src/value/value.ts`. */
  readonly path: string
  readonly text: string
  readonly tree: SourceFile
}

export interface ImportStatement {
  /** As written: `../value/value.js`, `node:net`. */
  readonly specifier: string
  /** The file of the project it stands for, or undefined for a package. */
  readonly target: string | undefined
  /** Whether nothing of it is left in the built file. */
  readonly typeOnly: boolean
  /** The names taken, `*` for all of them; empty where it is run for its effect only. */
  readonly names: readonly string[]
  /** Whether the file passes on what it imports. */
  readonly reexport: boolean
  readonly line: number
}

export interface SourceTree {
  /** All .ts files below a folder of the project. */
  under(folder: string): readonly SourceModule[]
  /** Whether an identifier means something that no file of the project declares. */
  isGlobal(identifier: Node): boolean
  close(): void
}

/** Opened once for all tests of a process: reading the project takes a while. */
let opened: { readonly tree: SourceTree; readers: number } | null = null

export function openSourceTree(): SourceTree {
  const { tree } = (opened ??= { tree: readSourceTree(), readers: 0 })
  opened.readers++
  return {
    ...tree,
    close() {
      if (opened === null || --opened.readers > 0) return
      opened = null
      tree.close()
    },
  }
}

function readSourceTree(): SourceTree {
  const api = new API({ cwd: projectRoot })
  const config = inProject('tsconfig.json')
  const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
  if (!project) throw new Error('tsconfig.json could not be opened. Does `npx tsc -p tsconfig.json` work?')

  return {
    under(folder) {
      const paths = filesUnder(folder).filter((path) => path.endsWith('.ts'))
      return paths.map((path) => {
        const tree = project.program.getSourceFile(inProject(path))
        if (!tree) throw new Error(`${path} is not part of tsconfig.json. Add its folder to "include" there.`)
        return { path, text: tree.text, tree }
      })
    },
    isGlobal(identifier) {
      const declarations = project.checker.getSymbolAtLocation(identifier)?.declarations ?? []
      return declarations.every(({ path }) => path.includes('/node_modules/') || !path.startsWith('/'))
    },
    close() {
      api.close()
    },
  }
}

export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node)
  node.forEachChild((child) => walk(child, visit))
}

export function lineOf(module: SourceModule, node: Node): number {
  return module.tree.getLineAndCharacterOfPosition(node.getStart(module.tree)).line + 1
}

export function importsOf(module: SourceModule): ImportStatement[] {
  const found: ImportStatement[] = []
  const add = (node: Node, from: Node | undefined, names: string[], typeOnly: boolean, reexport = false): void => {
    if (!from || !isStringLiteral(from)) return
    const target = targetOf(module.path, from.text)
    found.push({ specifier: from.text, target, typeOnly, names, reexport, line: lineOf(module, node) })
  }
  walk(module.tree, (node) => {
    if (isImportDeclaration(node)) {
      const typeOnly = node.importClause?.phaseModifier === SyntaxKind.TypeKeyword
      add(node, node.moduleSpecifier, namesTaken(node.importClause), typeOnly)
    } else if (isExportDeclaration(node)) {
      const clause = node.exportClause
      const names = clause && isNamedExports(clause) ? clause.elements.map(outerName) : ['*']
      add(node, node.moduleSpecifier, names, node.isTypeOnly, true)
    } else if (isImportTypeNode(node)) {
      add(node, isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, ['*'], true)
    } else if (isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], ['*'], false)
    }
  })
  return found
}

function namesTaken(clause: ImportClause | undefined): string[] {
  if (!clause) return []
  const bindings = clause.namedBindings
  const named = bindings && (isNamedImports(bindings) ? bindings.elements.map(outerName) : ['*'])
  return [...(clause.name ? ['default'] : []), ...(named ?? [])]
}

/** The name by which the other file knows it. */
function outerName(specifier: ImportSpecifier | ExportSpecifier): string {
  return (specifier.propertyName ?? specifier.name).text
}

function targetOf(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  return posix.join(posix.dirname(importer), specifier).replace(/\.js$/, '.ts')
}
