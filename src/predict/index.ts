/** `centrum/predict`: what this client does, shown at once; what others do, shown smoothly. */
export { createPredictor } from './create-predictor.js'
export type { Corrections, Predictor, PredictorOptions } from './create-predictor.js'
export { createInterpolator } from './create-interpolator.js'
export type { Interpolator, InterpolatorOptions } from './create-interpolator.js'
export type { Draft } from './copy-value.js'
export type { Angles, NumberPath } from './number-paths.js'
