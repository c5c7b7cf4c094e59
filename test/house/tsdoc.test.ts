/**
 * The reference is made of comments: every name that the package exports has one.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { API, type Symbol, SymbolFlags } from 'typescript/unstable/sync'
import { assertNone } from '../support/findings.js'
import { inProject, projectRoot } from '../support/project-root.js'

const ENTRIES = ['', 'client/', 'state/', 'protocol/', 'testing/', 'react/', 'predict/', 'sqlite/', 'postgres/']

test('every exported name has a comment', () => {
  const api = new API({ cwd: projectRoot })
  try {
    const config = inProject('tsconfig.json')
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    assert.ok(project)
    const { checker, program } = project
    const missing: string[] = []
    let count = 0
    for (const entry of ENTRIES) {
      const path = `src/${entry}index.ts`
      if (!existsSync(inProject(path))) continue
      const source = program.getSourceFile(inProject(path))
      assert.ok(source, path)
      const module = checker.getSymbolAtLocation(source)
      assert.ok(module, path)
      for (const exported of checker.getExportsOfModule(module)) {
        count++
        const symbol: Symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
        // A whole file under one name: its header says what it is.
        if (symbol.flags & SymbolFlags.ValueModule) continue
        if (checker.getDocumentationCommentOfSymbol(symbol).trim() === '') missing.push(`${path}: ${exported.name}`)
      }
    }
    assert.ok(count > 100, `only ${count} names were found`)
    assertNone(missing, 'Exported without a comment:')
  } finally {
    api.close()
  }
})
