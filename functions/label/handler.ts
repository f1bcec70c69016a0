import { foldFunction } from '../../lib/host/mod.ts';
import { labelFold } from './fold.ts';

/** `label`: joins what happened with what was predicted; one label a flight. */
export default foldFunction({ name: 'label', fold: () => labelFold });
