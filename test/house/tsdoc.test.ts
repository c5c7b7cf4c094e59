/**
 * The reference is made of comments: every name that the package exports has one, and so has each of its members.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { API, type Symbol, SymbolFlags } from 'typescript/unstable/sync'
import { assertNone } from '../support/findings.js'
import { inProject, projectRoot } from '../support/project-root.js'

const ENTRIES = ['', 'client/', 'state/', 'protocol/', 'testing/', 'react/', 'predict/', 'sqlite/', 'postgres/']
const WITH_MEMBERS = SymbolFlags.Interface | SymbolFlags.Class | SymbolFlags.TypeAlias

test('every exported name has a comment, and each of its members', () => {
  const api = new API({ cwd: projectRoot })
  try {
    const config = inProject('tsconfig.json')
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    assert.ok(project)
    const { checker, program } = project
    const isBare = (symbol: Symbol): boolean => checker.getDocumentationCommentOfSymbol(symbol).trim() === ''
    const bareNames: string[] = []
    const bareMembers = new Set<string>()
    let names = 0
    let members = 0
    for (const entry of ENTRIES) {
      const path = `src/${entry}index.ts`
      const source = program.getSourceFile(inProject(path))
      assert.ok(source, path)
      const module = checker.getSymbolAtLocation(source)
      assert.ok(module, path)
      for (const exported of checker.getExportsOfModule(module)) {
        names++
        const symbol: Symbol = exported.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
        // A whole file under one name: its header says what it is.
        if (symbol.flags & SymbolFlags.ValueModule) continue
        if (isBare(symbol)) bareNames.push(`${path}: ${exported.name}`)
        if ((symbol.flags & WITH_MEMBERS) === 0) continue
        for (const member of checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))) {
          const where = member.declarations[0]?.path ?? ''
          // What JavaScript has by itself, what is private, and what exists for the compiler only.
          if (!where.includes('/src/') || /^[#_]/.test(member.name)) continue
          members++
          if (isBare(member)) bareMembers.add(`${where.replace(/.*\/src\//, 'src/')}: ${symbol.name}.${member.name}`)
        }
      }
    }
    assert.ok(names > 100, `only ${names} names were found`)
    assert.ok(members > 700, `only ${members} members were found`)
    assertNone(bareNames, 'Exported without a comment:')
    assertNone([...bareMembers], 'Members without a comment:')
  } finally {
    api.close()
  }
})
