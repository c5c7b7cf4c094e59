/** What the benches need before they measure: the peers, a Node that all of them run on, and their workers as plain JavaScript. */
import { buildSync } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PEERS = ['centrum', 'colyseus', 'socket.io', 'ws'] as const
export type Peer = (typeof PEERS)[number]

const BENCH = fileURLToPath(new URL('..', import.meta.url))
const PEERS_FOLDER = join(BENCH, 'peers')
/** The least that a peer runs on, and which Node all run on. */
const NODE_MAJOR = 24

/** Where the worker of each process is, and what runs it. */
export interface Prepared {
  readonly node: string
  readonly nodeVersion: string
  readonly load: string
  readonly servers: Readonly<Record<Peer, string>>
}

/** A loader in the process would make all that is measured slower. What is built lies where its packages are found. */
export function buildWorker(source: string, folder: string, bench = BENCH): string {
  const outfile = join(bench, folder, `${source.replace('/', '-')}.mjs`)
  buildSync({
    entryPoints: [join(bench, `${source}.ts`)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
  })
  return outfile
}

/** Installs the peers by their own lock file, unless that was done. */
function installPeers(): void {
  const lock = join(PEERS_FOLDER, 'package-lock.json')
  const installed = join(PEERS_FOLDER, 'node_modules', '.installed-by-bench.json')
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')) return
  execFileSync('npm', ['ci', '--prefix', PEERS_FOLDER], { stdio: ['ignore', 'ignore', 'inherit'] })
  copyFileSync(lock, installed)
}

/** This one where it is new enough; else one is fetched once by npx. */
export function findNode(): string {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath
  const say = ['--yes', '-p', `node@${NODE_MAJOR}`, '--', 'node', '-p', 'process.execPath']
  return execFileSync('npx', say, { encoding: 'utf8' }).trim()
}

export function prepare(): Prepared {
  installPeers()
  const node = findNode()
  return {
    node,
    nodeVersion: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    load: buildWorker('clients/load', '.build'),
    servers: {
      centrum: buildWorker('servers/centrum', '.build'),
      colyseus: buildWorker('servers/colyseus', 'peers/.build'),
      'socket.io': buildWorker('servers/socket-io', 'peers/.build'),
      ws: buildWorker('servers/ws', 'peers/.build'),
    },
  }
}

/** The server and the clients of a checkout that is built, run by this Node: to compare one build with another. */
export function prepareCheckout(root: string): Prepared {
  const bench = join(root, 'bench')
  const server = buildWorker('servers/centrum', '.build', bench)
  return {
    node: process.execPath,
    nodeVersion: process.version,
    load: buildWorker('clients/load', '.build', bench),
    servers: { centrum: server, colyseus: server, 'socket.io': server, ws: server },
  }
}

/** Where and with what it was measured, in one line. */
export function machineOf({ nodeVersion }: Prepared): string {
  const versionOf = (name: string): string => {
    const manifest = readFileSync(join(PEERS_FOLDER, 'node_modules', name, 'package.json'), 'utf8')
    return `${name} ${(JSON.parse(manifest) as { version: string }).version}`
  }
  const peers = ['@colyseus/core', '@colyseus/ws-transport', '@colyseus/schema', 'socket.io', 'ws'].map(versionOf)
  return `${cpus().length} cores, Node ${nodeVersion}; ${peers.join(', ')}`
}
