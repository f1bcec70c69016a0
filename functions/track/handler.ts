import { foldFunction } from '../../lib/host/mod.ts';
import { trackFold } from './fold.ts';

/** `track`: folds operations events into the state of the network and tells what changed; the single ordered writer of ROTATIONS. */
export default foldFunction({ name: 'track', fold: (context) => trackFold(context.objects) });
