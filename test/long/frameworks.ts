/**
 * Frameworks beside React, and the React Compiler: installs them into a folder of its own, takes what docs/react.md shows, and runs
 * `test/support/frameworks/check.mjs` there. A step of `npm run test:full`, since it needs the registry.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inProject, projectRoot } from '../support/project-root.js'

const PACKAGES = [
  '@babel/core@7.29.13',
  'babel-plugin-react-compiler@1.0.0',
  'mobx@7.1.3',
  'solid-js@1.9.20',
  'svelte@5.57.3',
  'valtio@2.3.2',
  'vue@3.5.45',
]
/** Those of the project, so that there is one React. */
const SHARED = ['react', 'react-dom', 'happy-dom']

interface Babel {
  transformSync(code: string, options: object): { readonly code: string }
}
interface Svelte {
  compileModule(code: string, options: object): { readonly js: { readonly code: string } }
}

const folder = mkdtempSync(join(tmpdir(), 'centrum-frameworks-'))
const source = (name: string): string => inProject(`test/support/frameworks/${name}`)

try {
  const manifest = { type: 'module', private: true }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  execFileSync('npm', [...install, ...PACKAGES], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  symlinkSync(projectRoot, join(folder, 'node_modules/centrum'))
  for (const name of SHARED) symlinkSync(inProject(`node_modules/${name}`), join(folder, 'node_modules', name))
  for (const [, name = '', block = ''] of readFileSync(inProject('docs/react.md'), 'utf8').matchAll(
    /^```js\n(?=\/\/ ([\w-]+\.js))(.*?)^```$/gms,
  )) {
    writeFileSync(join(folder, name), block)
  }
  copyFileSync(source('check.mjs'), join(folder, 'check.mjs'))
  const installed = createRequire(join(folder, 'index.js'))
  const svelte = installed('svelte/compiler') as Svelte
  const runes = svelte.compileModule(readFileSync(source('runes.svelte.js'), 'utf8'), {
    generate: 'client',
    filename: 'runes.svelte.js',
  })
  writeFileSync(join(folder, 'runes.mjs'), runes.js.code)
  const babel = installed('@babel/core') as Babel
  const compiled = babel.transformSync(readFileSync(source('compiled.jsx'), 'utf8'), {
    plugins: [[installed.resolve('babel-plugin-react-compiler'), { target: '19' }]],
    parserOpts: { plugins: ['jsx'] },
    cwd: folder,
    configFile: false,
    filename: join(folder, 'compiled.jsx'),
  })
  writeFileSync(join(folder, 'compiled.jsx'), compiled.code)
  await build({
    entryPoints: [join(folder, 'check.mjs')],
    outfile: join(folder, 'checked.mjs'),
    bundle: true,
    platform: 'node',
    // Node's own condition is the one for servers, where frameworks do not follow anything.
    conditions: ['browser'],
    format: 'esm',
    jsx: 'automatic',
    external: ['centrum', 'centrum/*', ...SHARED, 'react/*', 'react-dom/*'],
    logLevel: 'error',
  })
  process.stdout.write(execFileSync(process.execPath, ['checked.mjs'], { cwd: folder, encoding: 'utf8' }))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
