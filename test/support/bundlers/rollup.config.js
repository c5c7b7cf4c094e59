import commonjs from '@rollup/plugin-commonjs'
import resolve from '@rollup/plugin-node-resolve'
import replace from '@rollup/plugin-replace'

export default {
  input: 'page.js',
  output: { file: 'out/rollup/page.js', format: 'es' },
  plugins: [
    resolve({ browser: true }),
    // React is CommonJS, and asks for NODE_ENV.
    commonjs(),
    replace({ preventAssignment: true, 'process.env.NODE_ENV': JSON.stringify('production') }),
  ],
}
