import { ExplainError } from "../common/errors";

/** What the editor's sentences tell a person to do, and what somebody does instead who has neither a selection nor a dialog. */
const advices: readonly (readonly [string, string])[] = [
  ["Select some words first.", "Give at least one word."],
  ["Select readable text.", "Give readable text."],
  ["Select a shorter part.", "Give a shorter text."],
  ["Select words.", "Give words."],
  ["Choose another field.", "Choose another with --field."],
  ["Choose another place.", "Choose another --output."],
  ["choose another place.", "choose another --output."],
  ["Give it another name.", "Give --output the name of a file."],
];

/** An error with advice that can be followed on a command line; others as they are. */
export function adviseOnCommandLine(error: ExplainError): ExplainError {
  const { reason, message } = error.toData();
  const found = advices.find(([selected]) => message.template.endsWith(selected));
  return found
    ? new ExplainError(reason, `${message.template.slice(0, -found[0].length)}${found[1]}`, ...message.args)
    : error;
}
