import { userInfo } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { feedbackInput } from '../../lib/api/mod.ts';
import { ask } from '../http.ts';
import { optionsOf } from '../options.ts';

/** `downline feedback`: a dispatcher's word on an alert, a prediction or a flight. */
export function feedback(): Command {
  return new Command('feedback')
    .description("A dispatcher's verdict, correction or action on an alert, a prediction or a flight.")
    .option('--alert <id>', 'the alert it is about')
    .option('--receipt <id>', 'the prediction it is about')
    .option('--flight <id>', 'the flight it is about')
    .addOption(new Option('--verdict <verdict>', 'what is thought of it').choices([...feedbackInput.shape.verdict.options]).makeOptionMandatory())
    .option('--action <action>', 'what was done: swap, hold, call, …')
    .option('--correction <minutes>', 'the delay that is expected instead', minutes)
    .option('--comment <text>')
    .option('--by <name>', 'who says it', userInfo().username)
    .option('--id <id>', 'the same id again changes nothing')
    .action(async (given: Record<string, unknown>, command: Command) => {
      const { address, json } = optionsOf(command);
      const answer = await ask(address, '/v1/feedback', { body: given });
      console.log(json ? JSON.stringify(answer) : `kept as ${(answer as { id: string }).id}`);
    });
}

function minutes(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new InvalidArgumentError('wants minutes.');
  return value;
}
