/** ES modules as they are; with `NODE_OPTIONS=--experimental-vm-modules`. */
export default { testEnvironment: 'node', transform: {} }
