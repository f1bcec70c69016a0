import { z } from 'zod';
import { feedbackGiven } from '../events/mod.ts';

const { flight, verdict, action, correction, comment } = feedbackGiven.shape;

/** Body of `POST /v1/feedback`. `id` is chosen by the caller: the same id again changes nothing. One of alert, receipt and flight is wanted. */
export const feedbackInput = z.strictObject({
  id: z.string().min(1).max(100).regex(/^[A-Za-z0-9._-]+$/).optional(),
  by: z.string().min(1).max(60),
  alert: z.string().max(120).optional(),
  receipt: z.string().max(120).optional(),
  flight: flight.unwrap().optional(),
  verdict,
  action: action.unwrap().optional(),
  correction: correction.unwrap().optional(),
  comment: comment.unwrap().optional(),
});

/** Answer of `GET /v1/feedback`, newest last. */
export const feedbackList = z.object({ feedback: z.array(feedbackGiven) });

export type FeedbackInput = z.output<typeof feedbackInput>;
